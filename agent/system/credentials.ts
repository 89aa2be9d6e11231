/**
 * Another process's rights for the length of one synchronous call. Only this thread changes: the kernel keeps these per
 * thread, and bare system calls leave the other threads alone.
 */
import { syscall } from "./syscall.ts";

/** Numbers as this process's user namespace sees them. `capabilities`: the effective set. */
export interface Credentials {
  uid: number;
  gid: number;
  groups: readonly number[];
  capabilities: bigint;
}

const CAP_DAC_OVERRIDE = 1 << 1;
const CAP_DAC_READ_SEARCH = 1 << 2;
/** The rights to pass over permission bits. */
const overriding = CAP_DAC_OVERRIDE | CAP_DAC_READ_SEARCH;
const CAPABILITY_VERSION_3 = 0x20080522;
/** Not a user: setfsuid(2) then only tells the present one. */
const NOBODY_ASKED = -1;

/** Runs `operation`, which must not wait for anything, with the file rights of `who` as far as ours allow it. */
export function runAs<T>(who: Credentials, operation: () => T): T {
  const own = { uid: syscall("setfsuid", NOBODY_ASKED), gid: syscall("setfsgid", NOBODY_ASKED), groups: ownGroups() };
  const capabilities = ownCapabilities();
  try {
    setGroups(who.groups);
    syscall("setfsgid", who.gid);
    syscall("setfsuid", who.uid);
    overrideAs(who);
    return operation();
  } finally {
    syscall("setfsuid", own.uid);
    syscall("setfsgid", own.gid);
    setGroups(own.groups);
    syscall("capset", capabilityHeader(), capabilities);
  }
}

/** The kernel took or left the overriding rights with the user number; the target may have it otherwise. */
function overrideAs(who: Credentials): void {
  const data = ownCapabilities();
  const effective = new Uint32Array(data.buffer, 0, 1);
  effective[0] = (effective[0] & ~overriding) | (Number(who.capabilities & 0xffff_ffffn) & overriding);
  syscall("capset", capabilityHeader(), data);
}

function capabilityHeader(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.of(CAPABILITY_VERSION_3, 0).buffer);
}

/** Twice effective, permitted, inheritable, 32 bits each: the lower and the upper half. */
function ownCapabilities(): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(24);
  syscall("capget", capabilityHeader(), data);
  return data;
}

function ownGroups(): number[] {
  const groups = new Uint32Array(syscall("getgroups", 0, 0));
  syscall("getgroups", groups.length, new Uint8Array(groups.buffer));
  return [...groups];
}

function setGroups(groups: readonly number[]): void {
  const list = Uint32Array.from(groups);
  syscall("setgroups", list.length, new Uint8Array(list.buffer));
}
