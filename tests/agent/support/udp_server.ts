/** A datagram server in a target's network. */
import { readiness } from "../../../agent/system/readiness.ts";
import { syscall } from "../../../agent/system/syscall.ts";
import { AF_INET, encodeSockaddr, parseAddress } from "../../../agent/system/socket_address.ts";
import { inNetwork } from "./network.ts";

const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SOCKADDR_BYTES = 16;

/** `answer` gets each datagram; null: no answer. */
export function serveUdp(
  pid: number,
  address: string,
  port: number,
  answer: (datagram: Uint8Array) => Uint8Array | null,
): Disposable {
  const fd = inNetwork(pid, () => {
    const socket = syscall("socket", AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    const name = encodeSockaddr(parseAddress(address, port));
    if (syscall("bind", socket, name, name.length) < 0) throw new Error(`cannot bind ${address}:${port}`);
    return socket;
  });
  const buffer = new Uint8Array(65536);
  const from = new Uint8Array(SOCKADDR_BYTES);
  const serve = async () => {
    while (await readiness.readable(fd)) {
      const size = new Uint8Array(Uint32Array.of(SOCKADDR_BYTES).buffer);
      const length = syscall("recvfrom", fd, buffer, buffer.length, 0, from, size);
      const reply = length < 0 ? null : answer(buffer.slice(0, length));
      if (reply !== null) syscall("sendto", fd, Uint8Array.from(reply), reply.length, 0, from, SOCKADDR_BYTES);
    }
  };
  void serve();
  return {
    [Symbol.dispose]() {
      readiness.forget(fd);
      syscall("close", fd);
    },
  };
}
