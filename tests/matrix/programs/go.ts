/** Go: with and without cgo, and stripped. */
import { answering, type Program } from "../program.ts";
import { goProgram } from "../provision/compilers.ts";

interface Way {
  name: string;
  cgo?: boolean;
  flags?: string[];
  core?: boolean;
}

const ways: Way[] = [
  { name: "Go, net/http", flags: [] },
  { name: "Go, net/http, static and stripped", flags: ["-ldflags=-s -w"], core: true },
  { name: "Go, net/http, cgo", cgo: true, flags: ["-tags=netcgo"], core: true },
  { name: "Go, net/http, PIE", flags: ["-buildmode=pie"] },
];

export const goPrograms: Program[] = ways.map((way) => ({
  name: way.name,
  core: way.core,
  prepare: async () => ({
    version: ["go", "version"],
    view: { every: [await goProgram("visit", way)] },
    serve: answering([await goProgram("answer", way)]),
  }),
}));
