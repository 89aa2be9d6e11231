/** The bpf(2) system call: maps, programs, and the link that ties a program to a network namespace. */
import { ENOENT } from "./errno.ts";
import { addressOf, errno, libc } from "./libc.ts";
import { checked, SystemError } from "./system_error.ts";

const SYSTEM_CALL = BigInt({ x86_64: 321, aarch64: 280 }[Deno.build.arch]);
const COMMAND = { mapCreate: 0, mapUpdate: 2, mapDelete: 3, programLoad: 5, linkCreate: 28 } as const;
const PROGRAM_SK_LOOKUP = 30;
const ATTACH_SK_LOOKUP = 36;
const RLIMIT_MEMLOCK = 8;
const NO_PREALLOCATION = 1;
const LOG_BYTES = 16 * 1024;

/** Map types: the keys and values that we use are all four bytes. */
export const MAP = { hash: 1, sockmap: 15 } as const;

/** Makes a map of u32 keys and values. Throws `SystemError`. */
export function createMap(type: number, entriesMax: number): number {
  const flags = type === MAP.hash ? NO_PREALLOCATION : 0;
  return Number(bpf("BPF_MAP_CREATE", COMMAND.mapCreate, words(type, 4, 4, entriesMax, flags)));
}

/** Sets one entry; of a sockmap, the value is a socket's descriptor. */
export function updateMap(fd: number, key: number, value: number): void {
  const [keyCell, valueCell] = [words(key), words(value)];
  bpf("BPF_MAP_UPDATE_ELEM", COMMAND.mapUpdate, mapEntry(fd, keyCell, valueCell));
}

/** Removes one entry, if it is there. */
export function deleteFromMap(fd: number, key: number): void {
  const keyCell = words(key);
  try {
    bpf("BPF_MAP_DELETE_ELEM", COMMAND.mapDelete, mapEntry(fd, keyCell));
  } catch (error) {
    if (!(error instanceof SystemError && error.errno === ENOENT)) throw error;
  }
}

/** Loads an sk_lookup program. Throws `SystemError` with the verifier's last words. */
export function loadSkLookup(instructions: Uint8Array<ArrayBuffer>): number {
  const license = new TextEncoder().encode("MIT\0");
  const log = new Uint8Array(LOG_BYTES);
  const attributes = new Uint8Array(72);
  const view = new DataView(attributes.buffer);
  view.setUint32(0, PROGRAM_SK_LOOKUP, true);
  view.setUint32(4, instructions.length / 8, true);
  view.setBigUint64(8, addressOf(instructions), true);
  view.setBigUint64(16, addressOf(license), true);
  view.setUint32(24, 1, true);
  view.setUint32(28, log.length, true);
  view.setBigUint64(32, addressOf(log), true);
  attributes.set(new TextEncoder().encode("mirrord"), 48);
  view.setUint32(68, ATTACH_SK_LOOKUP, true);
  return Number(bpf("BPF_PROG_LOAD", COMMAND.programLoad, attributes, () => lastLine(log)));
}

/** Attaches a program to a network namespace until the returned descriptor closes, however that comes about. */
export function linkToNamespace(program: number, namespace: number): number {
  return Number(bpf("BPF_LINK_CREATE", COMMAND.linkCreate, words(program, namespace, ATTACH_SK_LOOKUP, 0)));
}

/** Kernels before 5.11 count maps and programs against the limit on locked memory, which is small in containers. */
export function liftLockedMemoryLimit(): void {
  libc.setrlimit(RLIMIT_MEMLOCK, new Uint8Array(BigUint64Array.of(~0n, ~0n).buffer));
}

function bpf(operation: string, command: number, attributes: Uint8Array<ArrayBuffer>, detail?: () => string): bigint {
  const result = libc.syscallBpf(SYSTEM_CALL, command, attributes, attributes.length);
  if (result < 0n && detail) throw new SystemError(operation, errno(), detail());
  return checked(operation, result);
}

function mapEntry(
  fd: number,
  key: Uint8Array<ArrayBuffer>,
  value?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const attributes = new Uint8Array(32);
  const view = new DataView(attributes.buffer);
  view.setUint32(0, fd, true);
  view.setBigUint64(8, addressOf(key), true);
  if (value) view.setBigUint64(16, addressOf(value), true);
  return attributes;
}

function words(...values: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function lastLine(log: Uint8Array): string {
  const text = new TextDecoder().decode(log.subarray(0, Math.max(0, log.indexOf(0)))).trim();
  return text.slice(text.lastIndexOf("\n") + 1);
}
