/** C and C++, with each libc and each way to link. */
import { answering, type Program } from "../program.ts";
import { compiled } from "../provision/compilers.ts";

interface Way {
  name: string;
  compiler: string;
  flags: string[];
  core?: boolean;
}

const ways: Way[] = [
  { name: "C, glibc", compiler: "gcc", flags: [], core: true },
  { name: "C, glibc, static", compiler: "gcc", flags: ["-static"], core: true },
  { name: "C, glibc, static PIE, stripped", compiler: "gcc", flags: ["-static-pie", "-s"] },
  { name: "C, glibc, fortified", compiler: "gcc", flags: ["-D_FORTIFY_SOURCE=2", "-D_FILE_OFFSET_BITS=64"] },
  { name: "C, musl", compiler: "musl-gcc", flags: [], core: true },
  { name: "C, musl, static", compiler: "musl-gcc", flags: ["-static"], core: true },
];

const inC = (way: Way): Program => ({
  name: way.name,
  core: way.core,
  debian: { gcc: "/usr/bin/gcc", "musl-tools": "/usr/bin/musl-gcc" },
  prepare: async () => ({
    version: [way.compiler, "--version"],
    view: { every: [await compiled("c/visit.c", way.compiler, way.flags)] },
    serve: answering([await compiled("c/answer.c", way.compiler, [...way.flags, "-pthread"])]),
  }),
});

const inCpp = (name: string, flags: string[]): Program => ({
  name,
  debian: { "g++": "/usr/bin/g++" },
  prepare: async () => ({
    version: ["g++", "--version"],
    view: { every: [await compiled("cpp/visit.cpp", "g++", ["-std=c++17", ...flags])] },
    serve: answering([await compiled("cpp/answer.cpp", "g++", ["-std=c++17", "-pthread", ...flags])]),
  }),
});

export const cPrograms: Program[] = [...ways.map(inC), inCpp("C++", []), inCpp("C++, static", ["-static"])];
