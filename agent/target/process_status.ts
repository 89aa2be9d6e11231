/** What /proc/PID/status tells about the target. */
import type { Credentials } from "../system/credentials.ts";

export interface ProcessStatus {
  /** The process number in its own pid namespace. */
  innerPid: number;
  /** Who it is for access(2), and who it is for everything else. */
  real: Credentials;
  effective: Credentials;
}

/** Throws Deno's errors when the process is gone or hidden. */
export async function readProcessStatus(pid: number): Promise<ProcessStatus> {
  return parseProcessStatus(await Deno.readTextFile(`/proc/${pid}/status`));
}

export function parseProcessStatus(status: string): ProcessStatus {
  const fields = new Map(
    status.split("\n").map((line) => {
      const [name, value = ""] = line.split(":\t");
      return [name, value.trim().split(/\s+/)] as const;
    }),
  );
  const numbers = (name: string) => (fields.get(name) ?? []).filter((text) => text !== "").map(Number);
  const [realUid = 0, effectiveUid = realUid] = numbers("Uid");
  const [realGid = 0, effectiveGid = realGid] = numbers("Gid");
  const shared = { groups: numbers("Groups"), capabilities: BigInt(`0x${fields.get("CapEff")?.[0] || "0"}`) };
  return {
    innerPid: numbers("NSpid").at(-1) ?? 0,
    real: { uid: realUid, gid: realGid, ...shared },
    effective: { uid: effectiveUid, gid: effectiveGid, ...shared },
  };
}
