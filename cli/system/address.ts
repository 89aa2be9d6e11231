/** Socket addresses as the kernel has them (`struct sockaddr_…`), and as the protocol has them. */
import type { Infer } from "../../protocol/schema.ts";
import type { SocketAddress as SocketAddressSchema } from "../../protocol/layer/messages.ts";

export type SocketAddress = Infer<typeof SocketAddressSchema>;

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Bytes of `struct sockaddr_un`, the largest of the three. */
export const sockaddrMax = 110;

/** `struct sockaddr_in`, `sockaddr_in6` or `sockaddr_un`. */
export function encodeSockaddr(address: SocketAddress): Uint8Array<ArrayBuffer> {
  if ("unix" in address) {
    const bytes = new Uint8Array(2 + address.unix.path.length);
    new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
    bytes.set(address.unix.path, 2);
    return bytes;
  }
  const isV4 = "v4" in address;
  const bytes = new Uint8Array(isV4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isV4 ? AF_INET : AF_INET6, true);
  if ("v4" in address) {
    view.setUint16(2, address.v4.port);
    bytes.set(address.v4.address, 4);
  } else {
    view.setUint16(2, address.v6.port);
    bytes.set(address.v6.address, 8);
    view.setUint32(24, address.v6.scope, true);
  }
  return bytes;
}

/** Reads what the kernel filled in; `length` as the kernel gave it. */
export function decodeSockaddr(bytes: Uint8Array, length = bytes.length): SocketAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const family = length < 2 ? AF_UNIX : view.getUint16(0, true);
  if (family === AF_INET) return { v4: { address: bytes.slice(4, 8), port: view.getUint16(2) } };
  if (family === AF_INET6) {
    return { v6: { address: bytes.slice(8, 24), port: view.getUint16(2), scope: view.getUint32(24, true) } };
  }
  return { unix: { path: bytes.slice(2, Math.max(2, length)) } };
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Whether `address` is ::ffff:a.b.c.d. */
export function isMapped(address: Uint8Array): boolean {
  return address.length === 16 && mappedPrefix.every((byte, index) => address[index] === byte);
}

/** The same destination without the v6 clothes of a v4-mapped address. */
export function unmapped(address: SocketAddress): SocketAddress {
  if (!("v6" in address) || !isMapped(address.v6.address)) return address;
  return { v4: { address: address.v6.address.slice(12), port: address.v6.port } };
}

/** A v4 address as an AF_INET6 socket sees it; others as they are. */
export function mapped(address: SocketAddress): SocketAddress {
  if (!("v4" in address)) return address;
  return { v6: { address: new Uint8Array([...mappedPrefix, ...address.v4.address]), port: address.v4.port, scope: 0 } };
}

/** The bytes of the IP address; empty for a unix socket. */
export function ipOf(address: SocketAddress): Uint8Array {
  if ("v4" in address) return address.v4.address;
  return "v6" in address ? address.v6.address : new Uint8Array(0);
}

/** The port; 0 for a unix socket. */
export function portOf(address: SocketAddress): number {
  if ("v4" in address) return address.v4.port;
  return "v6" in address ? address.v6.port : 0;
}

export function withPort(address: SocketAddress, port: number): SocketAddress {
  if ("v4" in address) return { v4: { ...address.v4, port } };
  return "v6" in address ? { v6: { ...address.v6, port } } : address;
}

export function isUnspecified(address: SocketAddress): boolean {
  return !("unix" in address) && ipOf(unmapped(address)).every((byte) => byte === 0);
}

/** 127.0.0.0/8, ::1, or one of them v4-mapped. */
export function isLoopback(address: SocketAddress): boolean {
  const plain = unmapped(address);
  if ("v4" in plain) return plain.v4.address[0] === 127;
  return "v6" in plain && plain.v6.address.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

export const loopbackV4 = new Uint8Array([127, 0, 0, 1]);
export const loopbackV6 = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

/** 127.0.0.1 or ::1 with `port`, of the family of `like` (v4-mapped counts as v4). */
export function loopbackLike(like: SocketAddress, port: number): SocketAddress {
  const plain = unmapped(like);
  return "v6" in plain ? { v6: { address: loopbackV6, port, scope: 0 } } : { v4: { address: loopbackV4, port } };
}

/** `address` as a socket of the family of `actual` can show it; a v6 address is no more than loopback to a v4 socket. */
export function inFamilyOf(actual: SocketAddress, address: SocketAddress): SocketAddress {
  if ("v6" in actual) return mapped(address);
  if ("v4" in actual && "v6" in address) return loopbackLike(actual, portOf(address));
  return address;
}

/** A key for maps: equal addresses have equal keys, v4-mapped or not. */
export function addressKey(address: SocketAddress): string {
  const plain = unmapped(address);
  if ("unix" in plain) return `unix:${plain.unix.path.join(",")}`;
  return `${ipOf(plain).join(".")}:${portOf(plain)}`;
}

/** As people write it: `10.0.0.1:80`, `[::1]:80`, `/run/x.sock`, `@abstract`. */
export function formatAddress(address: SocketAddress): string {
  if ("unix" in address) return new TextDecoder().decode(address.unix.path).replace(/^\0/, "@");
  if ("v4" in address) return `${address.v4.address.join(".")}:${address.v4.port}`;
  const view = new DataView(address.v6.address.buffer, address.v6.address.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16)).join(":");
  const longestZeros = groups.match(/(?:^|:)0(?::0)+(?=:|$)/g)?.sort((a, b) => b.length - a.length)[0];
  const short = longestZeros === undefined ? groups : groups.replace(longestZeros, "::").replace(/:{3,}/, "::");
  return `[${short}]:${address.v6.port}`;
}
