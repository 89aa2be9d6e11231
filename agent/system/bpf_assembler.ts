/** eBPF instructions by hand: eight bytes each, jumps by label. */

/** Registers by their use in the calling convention: r0 result, r1–r5 arguments, r6–r9 kept over calls, r10 frame. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

type LoadSize = "u16" | "u32";
type Condition = "==" | "!=";

const OPCODE = {
  moveRegister: 0xbf,
  moveConstant: 0xb7,
  addConstant: 0x07,
  load: { u16: 0x69, u32: 0x61 },
  storeU32: 0x63,
  loadMap: 0x18,
  jumpConstant: { "==": 0x15, "!=": 0x55 },
  call: 0x85,
  exit: 0x95,
} as const;
/** In the source field of `loadMap`: the constant is a map's descriptor. */
const PSEUDO_MAP = 1;

export class BpfAssembler {
  readonly #instructions: { opcode: number; registers: number; offset: number; constant: number }[] = [];
  readonly #labels = new Map<string, number>();
  readonly #jumps: { at: number; label: string }[] = [];

  move(to: Register, from: Register): this {
    return this.#add(OPCODE.moveRegister, to, from);
  }

  constant(to: Register, value: number): this {
    return this.#add(OPCODE.moveConstant, to, 0, 0, value);
  }

  add(to: Register, value: number): this {
    return this.#add(OPCODE.addConstant, to, 0, 0, value);
  }

  load(size: LoadSize, to: Register, base: Register, offset: number): this {
    return this.#add(OPCODE.load[size], to, base, offset);
  }

  storeU32(base: Register, offset: number, from: Register): this {
    return this.#add(OPCODE.storeU32, base, from, offset);
  }

  /** The map behind a descriptor; takes two instructions. */
  loadMap(to: Register, fd: number): this {
    return this.#add(OPCODE.loadMap, to, PSEUDO_MAP, 0, fd).#add(0, 0, 0);
  }

  jumpIf(register: Register, condition: Condition, value: number, label: string): this {
    this.#jumps.push({ at: this.#instructions.length, label });
    return this.#add(OPCODE.jumpConstant[condition], register, 0, 0, value);
  }

  call(helper: number): this {
    return this.#add(OPCODE.call, 0, 0, 0, helper);
  }

  exit(): this {
    return this.#add(OPCODE.exit, 0, 0);
  }

  label(name: string): this {
    this.#labels.set(name, this.#instructions.length);
    return this;
  }

  /** The program's bytes. Throws when a jump's label is not there. */
  assemble(): Uint8Array<ArrayBuffer> {
    for (const { at, label } of this.#jumps) {
      const target = this.#labels.get(label);
      if (target === undefined) throw new Error(`BPF label without a place: ${label}`);
      this.#instructions[at].offset = target - at - 1;
    }
    const view = new DataView(new ArrayBuffer(this.#instructions.length * 8));
    this.#instructions.forEach(({ opcode, registers, offset, constant }, index) => {
      view.setUint8(index * 8, opcode);
      view.setUint8(index * 8 + 1, registers);
      view.setInt16(index * 8 + 2, offset, true);
      view.setInt32(index * 8 + 4, constant, true);
    });
    return new Uint8Array(view.buffer);
  }

  #add(opcode: number, to: Register, from: Register, offset = 0, constant = 0): this {
    this.#instructions.push({ opcode, registers: (from << 4) | to, offset, constant });
    return this;
  }
}
