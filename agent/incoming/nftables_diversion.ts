/**
 * Diversion by an nftables table of ours (see `system/nftables_table.ts` for its rules). Needs CAP_NET_ADMIN in the user
 * namespace that owns the network, so it also works for targets in a user namespace.
 *
 * The owned table (kernel 5.12) is removed by the kernel together with our netlink socket. The plain one is for older
 * kernels: killed, it stays behind without effect, since its rules need our listener, and the next agent removes it.
 */
import { EEXIST, ENOENT } from "../system/errno.ts";
import { Netlink } from "../system/netlink.ts";
import { addPort, createTable, deleteTable, removePort } from "../system/nftables_table.ts";
import { setMark, setTransparent } from "../system/socket.ts";
import { AF_INET, AF_INET6 } from "../system/socket_address.ts";
import { SystemError } from "../system/system_error.ts";
import type { Diversion, DiversionListeners, DiversionMaker } from "./diversion.ts";

const NETLINK_NETFILTER = 12;
/** Spells "mrd" and leaves the low bits alone, which others use for routing. */
const EXEMPT_MARK = 0x6d726400;

export const ownedTableMaker: DiversionMaker = {
  name: "nftables (owned table)",
  make: (listeners) => new Nftables(ownedTableMaker.name, true, listeners),
};

export const plainTableMaker: DiversionMaker = {
  name: "nftables (plain table)",
  make: (listeners) => new Nftables(plainTableMaker.name, false, listeners),
};

class Nftables implements Diversion {
  readonly #netlink = new Netlink(NETLINK_NETFILTER);

  constructor(readonly name: string, owned: boolean, listeners: DiversionListeners) {
    try {
      if (listeners.v4) setTransparent(listeners.v4.fd, AF_INET);
      if (listeners.v6) setTransparent(listeners.v6.fd, AF_INET6);
      const ports = { v4: listeners.v4?.port, v6: listeners.v6?.port };
      this.#create(createTable({ owned, listeners: ports, exemptMark: EXEMPT_MARK }));
    } catch (error) {
      this.#netlink.close();
      throw error;
    }
  }

  divert(port: number): void {
    this.#netlink.request(`divert port ${port}`, addPort(port));
  }

  release(port: number): void {
    this.#remove(`release port ${port}`, removePort(port));
  }

  exempt(socket: number): () => void {
    setMark(socket, EXEMPT_MARK);
    return () => {};
  }

  close(): void {
    try {
      this.#remove("delete the table", deleteTable());
    } finally {
      this.#netlink.close();
    }
  }

  /** What somebody else has removed already is as it should be. */
  #remove(operation: string, request: Uint8Array<ArrayBuffer>): void {
    try {
      this.#netlink.request(operation, request);
    } catch (error) {
      if (!(error instanceof SystemError && error.errno === ENOENT)) throw error;
    }
  }

  /** One agent serves a network at a time, so a table that is there already was left behind by a dead one. */
  #create(table: Uint8Array<ArrayBuffer>): void {
    try {
      this.#netlink.request("create the table", table);
    } catch (error) {
      if (!(error instanceof SystemError && error.errno === EEXIST)) throw error;
      this.#netlink.request("delete a stale table", deleteTable());
      this.#netlink.request("create the table", table);
    }
  }
}
