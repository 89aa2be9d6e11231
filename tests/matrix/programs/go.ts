/** Go: with and without cgo, and stripped. */
import { answering, type Program, type Question, type Service } from "../program.ts";
import { apps } from "../provision/cache.ts";
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

const grpcPort = 50051;

const grpc: Program = {
  name: "Go, gRPC",
  prepare: async () => {
    const program = await goProgram("grpc");
    const service: Service = {
      port: grpcPort,
      command: (folder) => [program, "serve", `${grpcPort}`, "answered", `${folder}/seen`],
    };
    const connect: Question = {
      service,
      command: ({ name }) => [program, "ask", name, `${grpcPort}`],
      holds: "answered",
    };
    return {
      version: ["sed", "-n", "s/.*grpc v//p", `${apps}/go/grpc/go.mod`],
      view: { served: true, each: { connect } },
      serve: {
        command: ({ port, word, seen, visit = [] }) => ({
          command: [program, "serve", `${port}`, word, seen, ...visit],
        }),
        ask: (port) => [program, "ask", "127.0.0.1", `${port}`],
      },
    };
  },
};

const netHttp: Program[] = ways.map((way) => ({
  name: way.name,
  core: way.core,
  prepare: async () => ({
    version: ["go", "version"],
    view: { every: [await goProgram("visit", way)] },
    serve: answering([await goProgram("answer", way)]),
  }),
}));

export const goPrograms: Program[] = [...netHttp, grpc];
