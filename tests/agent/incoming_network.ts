/**
 * A pod's network in a namespace of its own, and one beside it that clients come from; the tests' own process steps into
 * either for the moment in which a socket is made.
 */
import assert from "node:assert/strict";

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
}).symbols;
const CLONE_NEWNET = 0x40000000;

let made = 0;

/** Where a process can be started. */
export interface Spawner {
  /** Standard input and output are piped. */
  spawn(...args: string[]): Deno.ChildProcess;
}

/** Steps into a network and makes connections and listeners there. */
export class Visitor {
  readonly #fd: number;

  /** `path`: of the namespace. */
  constructor(path: string) {
    this.#fd = openPath(path);
  }

  /** Runs `action` with this thread inside: sockets that it makes, by address and not by name, belong here. */
  inside<T>(action: () => T): T {
    const home = openPath("/proc/thread-self/ns/net");
    assert.equal(libc.setns(this.#fd, CLONE_NEWNET), 0, "these tests need root");
    try {
      return action();
    } finally {
      libc.setns(home, CLONE_NEWNET);
      libc.close(home);
    }
  }

  connect(hostname: string, port: number): Promise<Deno.TcpConn> {
    return this.inside(() => Deno.connect({ hostname, port }));
  }

  listen(hostname: string, port: number): Deno.TcpListener {
    return this.inside(() => Deno.listen({ hostname, port }));
  }

  close(): void {
    libc.close(this.#fd);
  }
}

export class Namespace extends Visitor implements Spawner {
  constructor(readonly name: string) {
    run("ip", "netns", "add", name);
    super(`/run/netns/${name}`);
    run("ip", "-n", name, "link", "set", "lo", "up");
  }

  /** Its identity. */
  get inode(): number {
    return Deno.statSync(`/run/netns/${this.name}`).ino!;
  }

  command(...args: string[]): string {
    return run("ip", "netns", "exec", this.name, ...args);
  }

  spawn(...args: string[]): Deno.ChildProcess {
    return spawn("ip", "netns", "exec", this.name, ...args);
  }

  delete(): void {
    this.close();
    run("ip", "netns", "delete", this.name);
  }
}

/** `pod` has 10.99.0.1 and fd99::1, `outside` has 10.99.0.2 and fd99::2, and reaches what is behind the pod through it. */
export class TestNetwork {
  readonly pod: Namespace;
  readonly outside: Namespace;

  constructor() {
    const prefix = `mdn-${Deno.pid}-${++made}`;
    this.pod = new Namespace(`${prefix}-pod`);
    this.outside = new Namespace(`${prefix}-out`);
    link(this.pod, "10.99.0.1/24", "fd99::1/64", this.outside, "10.99.0.2/24", "fd99::2/64");
  }

  /** A third network that is reached through the pod only: 10.98.0.2. */
  addBehind(): Namespace {
    const behind = new Namespace(`${this.pod.name}-behind`);
    link(this.pod, "10.98.0.1/24", "fd98::1/64", behind, "10.98.0.2/24", "fd98::2/64");
    this.pod.command("sysctl", "-qw", "net.ipv4.ip_forward=1");
    run("ip", "-n", behind.name, "route", "add", "default", "via", "10.98.0.1");
    run("ip", "-n", this.outside.name, "route", "add", "10.98.0.0/24", "via", "10.99.0.1");
    return behind;
  }

  ruleset(): string {
    return this.pod.command("nft", "list", "ruleset");
  }

  delete(): void {
    this.pod.delete();
    this.outside.delete();
  }
}

function link(a: Namespace, aV4: string, aV6: string, b: Namespace, bV4: string, bV6: string): void {
  const [left, right] = [`to${++made}`, `from${made}`];
  run("ip", "link", "add", left, "netns", a.name, "type", "veth", "peer", "name", right, "netns", b.name);
  for (const [{ name }, device, v4, v6] of [[a, left, aV4, aV6], [b, right, bV4, bV6]] as const) {
    run("ip", "-n", name, "address", "add", v4, "dev", device);
    run("ip", "-n", name, "address", "add", v6, "dev", device, "nodad");
    run("ip", "-n", name, "link", "set", device, "up");
  }
}

function openPath(path: string): number {
  const fd = libc.open(new TextEncoder().encode(`${path}\0`), 0o2000000, 0);
  assert.ok(fd >= 0, path);
  return fd;
}

export function spawn(command: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(command, { args, stdin: "piped", stdout: "piped" }).spawn();
}

function run(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, `${command} ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout);
}
