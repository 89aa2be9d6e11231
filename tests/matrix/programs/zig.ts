/** Zig: without libc, and with it. */
import { zig } from "../../../build/toolchain.ts";
import { answering, type Program } from "../program.ts";
import { zigProgram } from "../provision/compilers.ts";

const inZig = (name: string, flags: string[]): Program => ({
  name,
  prepare: async () => ({
    version: [zig(), "version"],
    view: { every: [await zigProgram("zig/visit.zig", flags)] },
    serve: answering([await zigProgram("zig/answer.zig", flags)]),
  }),
});

export const zigPrograms: Program[] = [inZig("Zig", []), inZig("Zig, glibc", ["-lc"])];
