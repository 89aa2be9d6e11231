/** The small programs of the rows as commands; those in compiled languages are built once. */
import { run } from "../matrix/process.ts";
import { apps, cached, textsOf, toolVersion } from "../matrix/provision/cache.ts";
import { compiled, goProgram } from "../matrix/provision/compilers.ts";

type Command = () => Promise<string[]>;

/** `tests/apps/c/NAME.c`. */
export function c(name: string, ...args: string[]): Command {
  return async () => [await compiled(`c/${name}.c`, "gcc", ["-pthread"]), ...args];
}

/** The same with musl. */
export function musl(name: string, ...args: string[]): Command {
  return async () => [await compiled(`c/${name}.c`, "musl-gcc", []), ...args];
}

/** `tests/apps/rust/NAME.rs`. */
export function rust(name: string, ...args: string[]): Command {
  return async () => [await rustProgram(`rust/${name}.rs`), ...args];
}

async function rustProgram(source: string): Promise<string> {
  const stamp = [...await textsOf([source]), await toolVersion(["rustc", "--version"])];
  const folder = await cached(source.replaceAll(/\W/g, "_"), stamp, async (folder) => {
    await run(["rustc", "--edition=2021", "-O", "-o", `${folder}/program`, `${apps}/${source}`]);
  });
  return `${folder}/program`;
}

/** `tests/apps/go/NAME`, static and stripped: nothing can be preloaded into it. */
export function go(name: string, ...args: string[]): Command {
  return async () => [await goProgram(name, { flags: ["-ldflags=-s -w"] }), ...args];
}

/** `tests/apps/go/NAME`, stripped, with libc and whatever C is in it. */
export function cgo(name: string, ...args: string[]): Command {
  return async () => [await goProgram(name, { cgo: true, flags: ["-ldflags=-s -w"] }), ...args];
}

/** The C++ program that loads the Go library `shared_server`. */
export function loader(...args: string[]): Command {
  return async () => [
    await compiled("cpp/load_library.cpp", "g++", ["-ldl"]),
    await goProgram("shared_server", { cgo: true, flags: ["-buildmode=c-shared"] }),
    ...args,
  ];
}

export function python(name: string, ...args: string[]): () => string[] {
  return () => ["python3", `${apps}/python/${name}.py`, ...args];
}

/** Python with packages in a folder of their own; `requirements` name their versions. */
export function pythonWith(requirements: string[], ...args: string[]): Command {
  return async () => {
    const stamp = [...requirements, await toolVersion(["python3", "--version"])];
    const folder = await cached("rows-python", stamp, async (folder) => {
      await run(["python3", "-m", "pip", "install", "--quiet", "--target", folder, ...requirements]);
    });
    return ["env", `PYTHONPATH=${folder}:${apps}/python`, "python3", ...args];
  };
}

/** `tests/apps/node/NAME.js` with packages. */
export function nodeWith(packages: string[], name: string, ...args: string[]): Command {
  return async () => {
    const folder = await cached("rows-node", packages, async (folder) => {
      await run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, ...packages]);
    });
    return ["env", `NODE_PATH=${folder}/node_modules`, "node", `${apps}/node/${name}.js`, ...args];
  };
}

export function node(name: string, ...args: string[]): () => string[] {
  return () => ["node", `${apps}/node/${name}.js`, ...args];
}

/** `tests/apps/sh/NAME.sh`, as an executable file. */
export function script(name: string, ...args: string[]): () => string[] {
  return () => [`${apps}/sh/${name}.sh`, ...args];
}

/** A script for bash, by its text. */
export function shell(text: string): () => string[] {
  return () => ["bash", "-c", text];
}
