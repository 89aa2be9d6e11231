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
const NAME = "mirrord";

export const ownedTableMaker: DiversionMaker = {
  name: "nftables (owned table)",
  make: (listeners) => new OwnedTable(listeners),
};

export const plainTableMaker: DiversionMaker = {
  name: "nftables (plain table)",
  make: (listeners) => new PlainTable(listeners),
};

abstract class Table implements Diversion {
  abstract readonly name: string;
  protected readonly netlink = new Netlink(NETLINK_NETFILTER);

  constructor(protected readonly table: string, owned: boolean, listeners: DiversionListeners) {
    try {
      if (listeners.v4) setTransparent(listeners.v4.fd, AF_INET);
      if (listeners.v6) setTransparent(listeners.v6.fd, AF_INET6);
      const ports = { v4: listeners.v4?.port, v6: listeners.v6?.port };
      this.create(createTable({ name: table, owned, listeners: ports, exemptMark: EXEMPT_MARK }));
    } catch (error) {
      this.netlink.close();
      throw error;
    }
  }

  divert(port: number): void {
    this.netlink.request(`divert port ${port}`, addPort(this.table, port));
  }

  release(port: number): void {
    this.remove(`release port ${port}`, removePort(this.table, port));
  }

  exempt(socket: number): () => void {
    setMark(socket, EXEMPT_MARK);
    return () => {};
  }

  abstract close(): void;

  protected create(request: Uint8Array<ArrayBuffer>): void {
    this.netlink.request("create the table", request);
  }

  /** What somebody else has removed already is as it should be. */
  protected remove(operation: string, request: Uint8Array<ArrayBuffer>): void {
    try {
      this.netlink.request(operation, request);
    } catch (error) {
      if (!(error instanceof SystemError && error.errno === ENOENT)) throw error;
    }
  }
}

/** Has a name of its own, since the kernel may still be removing the one before. */
class OwnedTable extends Table {
  readonly name = ownedTableMaker.name;

  constructor(listeners: DiversionListeners) {
    super(`${NAME}-${crypto.getRandomValues(new Uint8Array(4)).toHex()}`, true, listeners);
  }

  /** Removing rules takes the kernel 20 ms and more. */
  close(): void {
    this.netlink.closeLater();
  }
}

class PlainTable extends Table {
  readonly name = plainTableMaker.name;

  constructor(listeners: DiversionListeners) {
    super(NAME, false, listeners);
  }

  close(): void {
    try {
      this.remove("delete the table", deleteTable(this.table));
    } finally {
      this.netlink.close();
    }
  }

  /** One agent serves a network at a time, so a table that is there already was left behind by a dead one. */
  protected override create(request: Uint8Array<ArrayBuffer>): void {
    try {
      super.create(request);
    } catch (error) {
      if (!(error instanceof SystemError && error.errno === EEXIST)) throw error;
      this.remove("delete a stale table", deleteTable(this.table));
      super.create(request);
    }
  }
}
