/** A running session's processes, and what it has left behind when it is over. */
import { mirrordFile } from "./mirrord.ts";

export interface RunningSession {
  id: string;
  programPid: number;
  proxyPid: number;
}

/** The session of the program that `mirrord exec` became; waits until it is there. */
export async function sessionOf(programPid: number, timeoutMs = 15_000): Promise<RunningSession> {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    const { stdout } = await new Deno.Command(mirrordFile, { args: ["status", "-o", "json"], stderr: "null" }).output();
    const sessions: RunningSession[] = JSON.parse(new TextDecoder().decode(stdout));
    const found = sessions.find((session) => session.programPid === programPid);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no session of process ${programPid} within ${timeoutMs} ms`);
}

/** Processes whose environment has the entry and whose command line has the word. */
export function processesWith(entry: string, word = ""): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      const environment = Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0");
      return pid > 0 && environment.includes(entry) && Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(word);
    } catch {
      return false;
    }
  });
}

/** The agents that serve a target. */
export function agentsOf(targetPid: number): number[] {
  return processesWith(`MIRRORD_AGENT_TARGET_PID=${targetPid}`, "agent");
}

/** Everything of a session that still exists on this machine: processes, directories, sockets. */
async function leftovers(session: RunningSession, targetPid: number | null): Promise<string[]> {
  const found: string[] = [];
  for (const pid of [session.proxyPid, session.programPid]) {
    if (await Deno.stat(`/proc/${pid}`).catch(() => null)) found.push(`process ${pid}`);
  }
  if (targetPid !== null) found.push(...agentsOf(targetPid).map((pid) => `agent ${pid}`));
  for (const folder of ["/dev/shm", "/tmp", `${Deno.env.get("HOME")}/.mirrord/sessions`]) {
    for (const name of await namesIn(folder)) {
      if (name.includes(session.id) && !name.endsWith(".log")) found.push(`${folder}/${name}`);
    }
  }
  const sockets = (await Deno.readTextFile("/proc/net/unix")).split("\n").filter((line) => line.includes(session.id));
  return [...found, ...sockets];
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  } catch {
    // the folder was never made
  }
  return names;
}

/** Waits until nothing is left; returns what is after the time. */
export async function leftoversAfter(
  session: RunningSession,
  targetPid: number | null,
  timeoutMs: number,
): Promise<string[]> {
  const end = performance.now() + timeoutMs;
  while (true) {
    const found = await leftovers(session, targetPid);
    if (found.length === 0 || performance.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Ends the connections of a process to or from abstract sockets whose name has the word: a tunnel is cut. */
export async function cutUnixSockets(pid: number, word: string): Promise<number> {
  const script = `
import os, re, socket, sys, ctypes
pid, word = int(sys.argv[1]), sys.argv[2]
names = {}
for line in open("/proc/net/unix").read().splitlines()[1:]:
    parts = line.split()
    if len(parts) > 7 and word in parts[7] and parts[5] == "03": names[parts[6]] = parts[7]
libc = ctypes.CDLL(None, use_errno=True)
pidfd = os.pidfd_open(pid)
cut = 0
for fd in os.listdir(f"/proc/{pid}/fd"):
    try: link = os.readlink(f"/proc/{pid}/fd/{fd}")
    except OSError: continue
    found = re.match(r"socket:\\[(\\d+)\\]", link)
    if found and found.group(1) in names:
        copy = libc.syscall(438, pidfd, int(fd), 0)
        socket.socket(fileno=copy).shutdown(socket.SHUT_RDWR)
        cut += 1
print(cut)
`;
  const { stdout } = await new Deno.Command("python3", { args: ["-c", script, String(pid), word] }).output();
  return Number(new TextDecoder().decode(stdout));
}

/** The nftables and the BPF links of the target's network, as text to compare. */
export async function diversionsOf(targetPid: number): Promise<string> {
  const script = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
own, links, last = os.stat(f"/proc/{sys.argv[1]}/ns/net").st_ino, [], 0
def bpf(command, data):
    attributes = ctypes.create_string_buffer(data + bytes(128 - len(data)))
    return libc.syscall(321, command, attributes, 128), attributes.raw
while True:
    result, attributes = bpf(31, struct.pack("<I", last))  # BPF_LINK_GET_NEXT_ID
    if result != 0: break
    last = struct.unpack_from("<I", attributes, 4)[0]
    fd, _ = bpf(30, struct.pack("<I", last))  # BPF_LINK_GET_FD_BY_ID
    if fd < 0: continue
    info = ctypes.create_string_buffer(64)
    bpf(15, struct.pack("<IIQ", fd, 64, ctypes.addressof(info)))  # BPF_OBJ_GET_INFO_BY_FD
    if struct.unpack_from("<I", info.raw, 16)[0] == own: links.append(last)
    os.close(fd)
print("bpf links", links)
`;
  const nft = ["-t", String(targetPid), "-U", "-n", "--preserve-credentials", "nft", "list", "ruleset"];
  const outputs = await Promise.all([
    new Deno.Command("nsenter", { args: nft, stderr: "piped" }).output(),
    new Deno.Command("python3", { args: ["-c", script, String(targetPid)] }).output(),
  ]);
  return outputs.map(({ stdout, stderr }) => new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)).join(
    "\n",
  );
}
