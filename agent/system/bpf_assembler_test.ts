import assert from "node:assert/strict";
import { BpfAssembler } from "./bpf_assembler.ts";

const hex = (bytes: Uint8Array) => bytes.toHex().match(/.{16}/g);

Deno.test("BpfAssembler writes the kernel's instructions", () => {
  const program = new BpfAssembler().move(6, 1).load("u32", 1, 6, 12).storeU32(10, -4, 1).add(2, -4).constant(0, 1)
    .exit();
  assert.deepEqual(hex(program.assemble()), [
    "bf16000000000000",
    "61610c0000000000",
    "631afcff00000000",
    "07020000fcffffff",
    "b700000001000000",
    "9500000000000000",
  ]);
});

Deno.test("BpfAssembler counts a map as two instructions in jumps", () => {
  const program = new BpfAssembler().jumpIf(1, "!=", 6, "out").loadMap(1, 9).call(1).label("out").exit();
  assert.deepEqual(hex(program.assemble()), [
    "5501030006000000",
    "1811000009000000",
    "0000000000000000",
    "8500000001000000",
    "9500000000000000",
  ]);
});

Deno.test("BpfAssembler.assemble() refuses a jump to nowhere", () => {
  assert.throws(() => new BpfAssembler().jumpIf(1, "==", 0, "nowhere").assemble(), /nowhere/);
});
