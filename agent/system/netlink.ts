/** A netlink socket: messages go out in one datagram, and the kernel's acknowledgements are there when that returns. */
import { moveToReleaseEarly } from "./descriptor_order.ts";
import { EAGAIN } from "./errno.ts";
import { errno, libc } from "./libc.ts";
import { closeDescriptor, setOption } from "./socket.ts";
import { syscallWaiting } from "./syscall.ts";
import { checked, SystemError } from "./system_error.ts";

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const MSG_DONTWAIT = 0x40;
const NLMSG_ERROR = 2;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const HEADER_BYTES = 16;
const RECEIVE_BYTES = 64 * 1024;

/** What the kernel said about one message of a request. */
interface Acknowledgement {
  readonly errno: number;
  /** The kernel's own sentence, where it gives one. */
  readonly reason: string;
}

export class Netlink {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(RECEIVE_BYTES);

  /**
   * `protocol` is a NETLINK_ number. The socket belongs to this thread's network namespace, and goes early when the process
   * dies, with what the kernel has tied to it.
   */
  constructor(protocol: number) {
    this.#fd = moveToReleaseEarly(checked("netlink socket", libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol)));
    setOption(this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, 1, "NETLINK_CAP_ACK");
    setOption(this.#fd, SOL_NETLINK, NETLINK_EXT_ACK, 1, "NETLINK_EXT_ACK");
  }

  /**
   * Sends one datagram and reads every acknowledgement: the kernel works while `send` runs, so nothing is waited for.
   * Throws `SystemError` with the first error among them.
   */
  request(operation: string, datagram: Uint8Array<ArrayBuffer>): void {
    checked(operation, libc.send(this.#fd, datagram, BigInt(datagram.length), 0));
    const failed = this.#acknowledgements().find((acknowledgement) => acknowledgement.errno !== 0);
    if (failed) throw new SystemError(operation, failed.errno, failed.reason);
  }

  /** Sends one question and returns the kernel's answer, its header included. Throws `SystemError`. */
  ask(operation: string, datagram: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    checked(operation, libc.send(this.#fd, datagram, BigInt(datagram.length), 0));
    const received = Number(checked(operation, libc.recv(this.#fd, this.#buffer, BigInt(RECEIVE_BYTES), MSG_DONTWAIT)));
    const answer = this.#buffer.slice(0, received);
    const failed = parseAcknowledgements(answer).find((acknowledgement) => acknowledgement.errno !== 0);
    if (failed) throw new SystemError(operation, failed.errno, failed.reason);
    return answer;
  }

  close(): void {
    closeDescriptor(this.#fd);
  }

  /** For sockets that the kernel ties much to: it takes its time on another thread. */
  closeLater(): void {
    void syscallWaiting("close", this.#fd);
  }

  #acknowledgements(): Acknowledgement[] {
    const found: Acknowledgement[] = [];
    for (;;) {
      const received = Number(libc.recv(this.#fd, this.#buffer, BigInt(RECEIVE_BYTES), MSG_DONTWAIT));
      if (received >= 0) found.push(...parseAcknowledgements(this.#buffer.subarray(0, received)));
      else if (errno() === EAGAIN) return found;
      else checked("receive from netlink", received);
    }
  }
}

function parseAcknowledgements(bytes: Uint8Array<ArrayBuffer>): Acknowledgement[] {
  const found: Acknowledgement[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start + HEADER_BYTES <= bytes.length;) {
    const length = view.getUint32(start, true);
    if (length < HEADER_BYTES || start + length > bytes.length) break;
    if (view.getUint16(start + 4, true) === NLMSG_ERROR) found.push(parseOne(bytes.subarray(start, start + length)));
    start += aligned(length);
  }
  return found;
}

/** An error message is a header, the errno (negative), the header it answers, that message's rest unless capped, and attributes. */
function parseOne(message: Uint8Array<ArrayBuffer>): Acknowledgement {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const flags = view.getUint16(6, true);
  const code = -view.getInt32(HEADER_BYTES, true);
  if ((flags & NLM_F_ACK_TLVS) === 0) return { errno: code, reason: "" };
  const answered = flags & NLM_F_CAPPED ? HEADER_BYTES : view.getUint32(HEADER_BYTES + 4, true);
  for (let start = HEADER_BYTES + 4 + aligned(answered); start + 4 <= message.length;) {
    const length = view.getUint16(start, true);
    if (length < 4) break;
    if (view.getUint16(start + 2, true) === NLMSGERR_ATTR_MSG) {
      return { errno: code, reason: new TextDecoder().decode(message.subarray(start + 4, start + length - 1)) };
    }
    start += aligned(length);
  }
  return { errno: code, reason: "" };
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
