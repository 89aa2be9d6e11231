/**
 * A packet socket with a ring of blocks that the kernel fills and we read in place (TPACKET_V3).
 *
 * The socket is bound to one network protocol, not to "all": so it sees what arrives at this network's IP layer, on every
 * interface or on one, once. Outgoing packets, their copies on `lo` included, and what a bridge or bond takes over are not in it.
 * Packets begin at their network header whatever the interface is (SOCK_DGRAM).
 */
import { addressOf, libc } from "./libc.ts";
import { readiness } from "./readiness.ts";
import { closeDescriptor, setOption } from "./socket.ts";
import { syscallWaiting } from "./syscall.ts";
import { checked, SystemError } from "./system_error.ts";

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SOL_PACKET = 263;
const PACKET = { rxRing: 5, statistics: 6, version: 10 } as const;
const TPACKET_V3 = 2;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const ENOMEM = 12;
const ENODEV = 19;

/** 8 MiB: 60 ms of a full Gbit/s. */
const BLOCK_BYTES = 256 * 1024;
const BLOCKS = 32;
const FRAME_BYTES = 2048;
/**
 * How old a packet may get in a block that is not full. Such a block is as much in use as a full one: with few packets this is
 * what the ring's length means in time, and 32 blocks bridge a third of a second in which we don't get to run.
 */
const RETIRE_MS = 10;

/** Offsets in a block's header and in the header of each packet. */
const BLOCK = { status: 8, packets: 12, firstPacket: 16 } as const;
const FRAME = { next: 0, captured: 12, length: 16, network: 26 } as const;
const STATUS_USER = 1;

/** Network protocols by the version of IP, as in an Ethernet header. */
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;

/** `bytes` is the ring: what stands there is the packet's until the call returns. */
export type PacketVisitor = (bytes: Uint8Array<ArrayBuffer>, start: number, length: number) => void;

export class PacketRing {
  readonly #fd: number;
  readonly #memory: Deno.PointerObject;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #words: Int32Array<ArrayBuffer>;
  #block = 0;
  #isClosed = false;

  private constructor(readonly version: 4 | 6, fd: number, memory: Deno.PointerObject) {
    this.#fd = fd;
    this.#memory = memory;
    const buffer = Deno.UnsafePointerView.getArrayBuffer(memory, BLOCKS * BLOCK_BYTES);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
  }

  /**
   * Packets of this version of IP that the filter takes, on the named interface (null: all), arrive when this has resolved.
   * The kernel needs some 20 ms to make a ring, and again to remove one, which it gets on another thread. Rejects with
   * `SystemError`, without CAP_NET_RAW or such an interface for example.
   */
  static async open(
    version: 4 | 6,
    filter: Uint8Array<ArrayBuffer>,
    interfaceName: string | null,
  ): Promise<PacketRing> {
    const index = interfaceName === null ? 0 : interfaceIndex(interfaceName);
    const fd = checked("packet socket", libc.socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    try {
      attachFilter(fd, filter);
      setOption(fd, SOL_PACKET, PACKET.version, TPACKET_V3, "PACKET_VERSION");
      const request = words(BLOCK_BYTES, BLOCKS, FRAME_BYTES, BLOCKS * BLOCK_BYTES / FRAME_BYTES, RETIRE_MS, 0, 0);
      const made = await syscallWaiting("setsockopt", fd, SOL_PACKET, PACKET.rxRing, request, request.length);
      if (made < 0) throw new SystemError("PACKET_RX_RING", -made);
      const ring = new PacketRing(version, fd, mapRing(fd));
      bindToProtocol(fd, ETHERTYPE[version], index);
      return ring;
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
  }

  /** Replaces the filter between two packets. */
  setFilter(instructions: Uint8Array<ArrayBuffer>): void {
    if (this.#isClosed) return;
    attachFilter(this.#fd, instructions);
  }

  /** Shows every packet of the oldest block that the kernel has handed over; false if there is none. */
  takeBlock(visit: PacketVisitor): boolean {
    // The memory is gone then, and touching it would end the process.
    if (this.#isClosed) return false;
    const start = this.#block * BLOCK_BYTES;
    const status = (start + BLOCK.status) / 4;
    if ((Atomics.load(this.#words, status) & STATUS_USER) === 0) return false;
    let packet = start + this.#view.getUint32(start + BLOCK.firstPacket, true);
    for (let left = this.#view.getUint32(start + BLOCK.packets, true); left > 0; left--) {
      const length = this.#view.getUint32(packet + FRAME.captured, true);
      visit(this.#bytes, packet + this.#view.getUint16(packet + FRAME.network, true), length);
      packet += this.#view.getUint32(packet + FRAME.next, true);
    }
    Atomics.store(this.#words, status, 0);
    this.#block = (this.#block + 1) % BLOCKS;
    return true;
  }

  /** Resolves with true when there may be a block, with false when the ring is closed first. */
  readable(): Promise<boolean> {
    return this.#isClosed ? Promise.resolve(false) : readiness.readable(this.#fd);
  }

  /** How many packets found no room since the last call. */
  takeDropped(): number {
    if (this.#isClosed) return 0;
    const statistics = new Uint8Array(12);
    const result = libc.getsockopt(this.#fd, SOL_PACKET, PACKET.statistics, statistics, words(statistics.length));
    return result === 0 ? new DataView(statistics.buffer).getUint32(4, true) : 0;
  }

  close(): void {
    this.#isClosed = true;
    readiness.forget(this.#fd);
    libc.munmap(this.#memory, BigInt(BLOCKS * BLOCK_BYTES));
    void syscallWaiting("close", this.#fd);
  }
}

function attachFilter(fd: number, instructions: Uint8Array<ArrayBuffer>): void {
  const program = new Uint8Array(16);
  const view = new DataView(program.buffer);
  view.setUint16(0, instructions.length / 8, true);
  view.setBigUint64(8, addressOf(instructions), true);
  checked("SO_ATTACH_FILTER", libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length));
}

function mapRing(fd: number): Deno.PointerObject {
  const memory = libc.mmap(null, BigInt(BLOCKS * BLOCK_BYTES), PROT_READ_WRITE, MAP_SHARED, fd, 0n);
  if (memory === null || BigInt(Deno.UnsafePointer.value(memory)) === MAP_FAILED) {
    throw new SystemError("map the packet ring", ENOMEM);
  }
  return memory;
}

function interfaceIndex(name: string): number {
  const index = libc.if_nametoindex(new TextEncoder().encode(`${name}\0`));
  if (index === 0) throw new SystemError(`find the network interface ${name}`, ENODEV);
  return index;
}

/** `struct sockaddr_ll`; interface 0 is all of them. */
function bindToProtocol(fd: number, ethertype: number, interfaceIndex: number): void {
  const address = new Uint8Array(20);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ethertype);
  view.setInt32(4, interfaceIndex, true);
  checked("bind the packet socket", libc.bind(fd, address, address.length));
}

function words(...values: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
