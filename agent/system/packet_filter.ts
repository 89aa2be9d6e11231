/** Classic BPF for packet sockets that see packets from their network header on. */

const [LOAD_BYTE, LOAD_HALF, LOAD_HALF_INDEXED, LOAD_IP_HEADER_LENGTH] = [0x30, 0x28, 0x48, 0xb1];
const [JUMP_EQUAL, JUMP_ANY_BIT, RETURN] = [0x15, 0x45, 0x06];
const TCP = 6;
const FRAGMENT_OFFSET = 0x1fff;
const V4 = { fragment: 6, protocol: 9 } as const;
const V6 = { nextHeader: 6, headerBytes: 40 } as const;
const DESTINATION_PORT = 2;
/** Where the kernel answers for a packet's type; packets for other hosts are seen when the interface is promiscuous. */
const PACKET_TYPE = 0xfffff004;
const FOR_THIS_HOST = 0;
/** More than any packet has. */
const WHOLE_PACKET = 0x40000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, constant: number];

/** TCP segments to one of `ports`, of the IP version; later fragments and IPv6 extension headers are not looked into. */
export function tcpToPorts(version: 4 | 6, ports: readonly number[]): Uint8Array<ArrayBuffer> {
  return assemble([...refuseOthers, ...(version === 4 ? loadPortV4 : loadPortV6), ...ports.flatMap(takeIfEqual), [
    RETURN,
    0,
    0,
    0,
  ]]);
}

const refuseOthers: Instruction[] = [
  [LOAD_BYTE, 0, 0, PACKET_TYPE],
  [JUMP_EQUAL, 1, 0, FOR_THIS_HOST],
  [RETURN, 0, 0, 0],
];

/** Leaves the destination port in the accumulator, or drops the packet. */
const loadPortV4: Instruction[] = [
  [LOAD_BYTE, 0, 0, V4.protocol],
  [JUMP_EQUAL, 1, 0, TCP],
  [RETURN, 0, 0, 0],
  [LOAD_HALF, 0, 0, V4.fragment],
  [JUMP_ANY_BIT, 0, 1, FRAGMENT_OFFSET],
  [RETURN, 0, 0, 0],
  [LOAD_IP_HEADER_LENGTH, 0, 0, 0],
  [LOAD_HALF_INDEXED, 0, 0, DESTINATION_PORT],
];

const loadPortV6: Instruction[] = [
  [LOAD_BYTE, 0, 0, V6.nextHeader],
  [JUMP_EQUAL, 1, 0, TCP],
  [RETURN, 0, 0, 0],
  [LOAD_HALF, 0, 0, V6.headerBytes + DESTINATION_PORT],
];

function takeIfEqual(port: number): Instruction[] {
  return [[JUMP_EQUAL, 0, 1, port], [RETURN, 0, 0, WHOLE_PACKET]];
}

function assemble(instructions: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  instructions.forEach(([code, ifTrue, ifFalse, constant], index) => {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, ifTrue);
    view.setUint8(index * 8 + 3, ifFalse);
    view.setUint32(index * 8 + 4, constant, true);
  });
  return new Uint8Array(view.buffer);
}
