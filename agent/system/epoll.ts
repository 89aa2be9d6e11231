/** `struct epoll_event`, which is packed on x86_64 only. */

export const epollEventBytes = Deno.build.arch === "x86_64" ? 12 : 16;
/** Where its user data are. */
export const epollDataOffset = epollEventBytes - 8;

/** `data`: 64 bits that the kernel gives back with the event. */
export function epollEvent(events: number, data: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(epollEventBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, events, true);
  view.setBigUint64(epollDataOffset, data, true);
  return bytes;
}
