/**
 * Our nftables table, as messages. In the words of `nft`:
 *
 * ```
 * table inet NAME {
 *   set ports { type inet_service; }
 *   chain arrivals {
 *     type filter hook prerouting priority -99;
 *     meta nfproto ipv4 meta l4proto tcp tcp flags & (fin|syn|rst|ack) == syn tcp dport @ports
 *       fib daddr type local meta mark != MARK tproxy ip to 127.0.0.1:PORT
 *     (the same for IPv6)
 *   }
 * }
 * ```
 *
 * Only the first packet of a connection is looked at; the kernel finds the others by the socket that it made. `tproxy`
 * rewrites nothing, so both addresses stay true, nothing is tracked, and no connection hangs on the table. Where its
 * listener is gone the rule does not match: what it caught goes to the target again at once, table or no table.
 * Priority -99 comes after the redirection of a mesh (-100): what the mesh takes for its sidecar is not ours, and what the
 * sidecar then sends to the program over `lo` is.
 */
import {
  attribute,
  batch,
  expression,
  nested,
  networkU16,
  NFT,
  type NftMessage,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCLUSIVE,
  numberAttribute,
  textAttribute,
} from "./nftables_message.ts";

const SET = "ports";
const SET_ID = 1;
const CHAIN = "arrivals";
const PRIORITY = -99;

const TABLE_FLAG_OWNER = 2;
const HOOK_PREROUTING = 0;
const POLICY_ACCEPT = 1;
const TYPE_INET_SERVICE = 13;
const REGISTER = 1;
const SECOND_REGISTER = 2;
const [EQUAL, NOT_EQUAL] = [0, 1];
const META = { mark: 3, protocolFamily: 15, l4Protocol: 16 } as const;
const PAYLOAD_TRANSPORT = 2;
const TCP = 6;
const TCP_FLAGS_OFFSET = 13;
const FIN_SYN_RST_ACK = 0x17;
const SYN = 0x02;
const FIB_ADDRESS_TYPE = 3;
const FIB_DESTINATION = 2;
const ROUTE_LOCAL = 2;
const NFPROTO = { v4: 2, v6: 10 } as const;
const LOOPBACK = {
  v4: Uint8Array.of(127, 0, 0, 1),
  v6: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
} as const;

export interface TableOptions {
  readonly name: string;
  /** The kernel removes the table when the netlink socket that made it closes. */
  readonly owned: boolean;
  /** Ports of our listeners on loopback. */
  readonly listeners: { readonly v4?: number; readonly v6?: number };
  /** Connections with this mark pass. */
  readonly exemptMark: number;
}

export function createTable(options: TableOptions): Uint8Array<ArrayBuffer> {
  const table = textAttribute(1, options.name);
  const flags = options.owned ? [numberAttribute(2, TABLE_FLAG_OWNER)] : [];
  const families = (["v4", "v6"] as const).filter((family) => options.listeners[family] !== undefined);
  return batch([
    make(NFT.newTable, NLM_F_EXCLUSIVE, table, ...flags),
    make(
      NFT.newSet,
      NLM_F_EXCLUSIVE,
      table,
      textAttribute(2, SET),
      numberAttribute(3, 0),
      numberAttribute(4, TYPE_INET_SERVICE),
      numberAttribute(5, 2),
      numberAttribute(10, SET_ID),
    ),
    make(
      NFT.newChain,
      NLM_F_EXCLUSIVE,
      table,
      textAttribute(3, CHAIN),
      nested(4, numberAttribute(1, HOOK_PREROUTING), numberAttribute(2, PRIORITY)),
      numberAttribute(5, POLICY_ACCEPT),
      textAttribute(7, "filter"),
    ),
    ...families.map((family) =>
      make(
        NFT.newRule,
        NLM_F_APPEND,
        table,
        textAttribute(2, CHAIN),
        nested(4, ...steer(family, options.listeners[family]!, options.exemptMark)),
      )
    ),
  ]);
}

/** Removes the table and all in it. */
export function deleteTable(name: string): Uint8Array<ArrayBuffer> {
  return batch([{ type: NFT.deleteTable, flags: 0, attributes: [textAttribute(1, name)] }]);
}

export function addPort(table: string, port: number): Uint8Array<ArrayBuffer> {
  return batch([make(NFT.newElements, 0, ...element(table, port))]);
}

export function removePort(table: string, port: number): Uint8Array<ArrayBuffer> {
  return batch([{ type: NFT.deleteElements, flags: 0, attributes: element(table, port) }]);
}

function make(type: number, flags: number, ...attributes: readonly Uint8Array[]): NftMessage {
  return { type, flags: NLM_F_CREATE | flags, attributes };
}

function element(table: string, port: number): Uint8Array[] {
  return [
    textAttribute(1, table),
    textAttribute(2, SET),
    nested(3, nested(1, nested(1, attribute(1, networkU16(port))))),
  ];
}

/** The rule's expressions, the cheapest refusals first. */
function steer(family: "v4" | "v6", listener: number, exemptMark: number): Uint8Array[] {
  return [
    loadMeta(META.protocolFamily),
    compare(EQUAL, Uint8Array.of(NFPROTO[family])),
    loadMeta(META.l4Protocol),
    compare(EQUAL, Uint8Array.of(TCP)),
    loadTcp(TCP_FLAGS_OFFSET, 1),
    mask(Uint8Array.of(FIN_SYN_RST_ACK)),
    compare(EQUAL, Uint8Array.of(SYN)),
    loadTcp(2, 2),
    expression("lookup", textAttribute(1, SET), numberAttribute(2, REGISTER), numberAttribute(4, SET_ID)),
    expression(
      "fib",
      numberAttribute(1, REGISTER),
      numberAttribute(2, FIB_ADDRESS_TYPE),
      numberAttribute(3, FIB_DESTINATION),
    ),
    compare(EQUAL, hostU32(ROUTE_LOCAL)),
    loadMeta(META.mark),
    compare(NOT_EQUAL, hostU32(exemptMark)),
    loadConstant(REGISTER, LOOPBACK[family]),
    loadConstant(SECOND_REGISTER, networkU16(listener)),
    expression(
      "tproxy",
      numberAttribute(1, NFPROTO[family]),
      numberAttribute(2, REGISTER),
      numberAttribute(3, SECOND_REGISTER),
    ),
  ];
}

function loadMeta(key: number): Uint8Array {
  return expression("meta", numberAttribute(1, REGISTER), numberAttribute(2, key));
}

function loadTcp(offset: number, length: number): Uint8Array {
  const [register, base] = [numberAttribute(1, REGISTER), numberAttribute(2, PAYLOAD_TRANSPORT)];
  return expression("payload", register, base, numberAttribute(3, offset), numberAttribute(4, length));
}

function loadConstant(register: number, value: Uint8Array): Uint8Array {
  return expression("immediate", numberAttribute(1, register), nested(2, attribute(1, value)));
}

function mask(bits: Uint8Array): Uint8Array {
  return expression(
    "bitwise",
    numberAttribute(1, REGISTER),
    numberAttribute(2, REGISTER),
    numberAttribute(3, bits.length),
    nested(4, attribute(1, bits)),
    nested(5, attribute(1, new Uint8Array(bits.length))),
  );
}

function compare(operator: number, value: Uint8Array): Uint8Array {
  return expression("cmp", numberAttribute(1, REGISTER), numberAttribute(2, operator), nested(3, attribute(1, value)));
}

/** Marks and route types stand in registers in the machine's own order. */
function hostU32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
