/** The TCP connections that end in this network, by the kernel's sock_diag. */
import { ENOENT } from "./errno.ts";
import { Netlink } from "./netlink.ts";
import { AF_INET, AF_INET6, type InternetAddress, portOf } from "./socket_address.ts";
import { SystemError } from "./system_error.ts";

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const TCP = 6;
const ALL_STATES = 0xffff_ffff;
const STATE_LISTEN = 10;
const HEADER_BYTES = 16;
/** The header and `struct inet_diag_req_v2`. */
const REQUEST_BYTES = HEADER_BYTES + 56;
const ID = { localPort: 24, remotePort: 26, local: 28, remote: 44, cookie: 64 } as const;
/** In the answer, `struct inet_diag_msg`. */
const STATE = HEADER_BYTES + 1;

export class ConnectionTable {
  #netlink: Netlink | null = null;

  /** Whether there is a connection between these two, in whatever state; true also when the kernel does not tell. */
  has(local: InternetAddress, remote: InternetAddress): boolean {
    try {
      this.#netlink ??= new Netlink(NETLINK_SOCK_DIAG);
      // A listener is what the kernel answers with for want of a connection.
      return this.#netlink.ask("look for a connection", question(local, remote))[STATE] !== STATE_LISTEN;
    } catch (error) {
      if (error instanceof SystemError) return error.errno !== ENOENT;
      throw error;
    }
  }

  close(): void {
    this.#netlink?.close();
    this.#netlink = null;
  }
}

function question(local: InternetAddress, remote: InternetAddress): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, REQUEST_BYTES, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, NLM_F_REQUEST, true);
  view.setUint8(HEADER_BYTES, "v4" in local ? AF_INET : AF_INET6);
  view.setUint8(HEADER_BYTES + 1, TCP);
  view.setUint32(HEADER_BYTES + 4, ALL_STATES, true);
  view.setUint16(ID.localPort, portOf(local));
  view.setUint16(ID.remotePort, portOf(remote));
  bytes.set("v4" in local ? local.v4.address : local.v6.address, ID.local);
  bytes.set("v4" in remote ? remote.v4.address : remote.v6.address, ID.remote);
  // No particular cookie.
  bytes.fill(0xff, ID.cookie, ID.cookie + 8);
  return bytes;
}
