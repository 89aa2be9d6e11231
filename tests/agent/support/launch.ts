/**
 * Stands in for the launcher: opens the control socket as descriptor 3 in its own network, enters the network of a
 * process, and becomes the agent (run from source, or the program given).
 *
 *   deno run -A launch.ts CONTROL-NAME TARGET-PID|- PROGRAM ARGUMENTS…
 */
import { listenAbstract } from "../../../agent/system/unix_socket.ts";
import { syscall } from "../../../agent/system/syscall.ts";
import { enterNetwork } from "./network.ts";

const controlDescriptor = 3;

function main([name, pid, program, ...rest]: string[]): void {
  const listener = listenAbstract(name);
  if (pid !== "-") enterNetwork(Number(pid));
  const libc = Deno.dlopen("libc.so.6", {
    dup2: { parameters: ["i32", "i32"], result: "i32" },
    fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
    execve: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  }).symbols;
  const encoder = new TextEncoder();
  const keep: Uint8Array<ArrayBuffer>[] = [];
  const vector = (texts: string[]) => {
    const strings = texts.map((text) => encoder.encode(`${text}\0`));
    keep.push(...strings);
    const addresses = strings.map((bytes) => BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes))));
    return new Uint8Array(BigUint64Array.from([...addresses, 0n]).buffer);
  };
  const environment = Object.entries(Deno.env.toObject()).map(([name, value]) => `${name}=${value}`);
  libc.dup2(listener, controlDescriptor);
  libc.fcntl(controlDescriptor, 2, 0);
  syscall("close", listener);
  libc.execve(encoder.encode(`${program}\0`), vector([program, ...rest]), vector(environment));
  throw new Error(`cannot execute ${program}`);
}

main(Deno.args);
