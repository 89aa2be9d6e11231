/** Builds our programs in Rust: for glibc with this machine's compiler, for musl with Debian's and a standard library built from its source. */
import { zig } from "../../../build/toolchain.ts";
import { run } from "../process.ts";
import { apps, cached, textsOf, toolVersion } from "./cache.ts";

export type RustLibc = "glibc" | "musl";

/** No registry has a standard library for musl, but Debian has its source beside a compiler of the same version. */
export const rustForMusl = {
  "rustc-web": "/usr/bin/rustc",
  "cargo-web": "/usr/bin/cargo",
  "rust-web-src": "/usr/lib/rustlib/src/rust",
  "musl-tools": "/usr/bin/musl-gcc",
};

interface Toolchain {
  rustc: string;
  cargo: string[];
  target: string;
  flags: string[];
  env: Record<string, string>;
}

/** A Cargo package `tests/apps/rust/NAME`; returns the folder of its programs. */
export async function cargo(name: string, libc: RustLibc, isStatic: boolean): Promise<string> {
  const { rustc, cargo, target, flags, env } = libc === "musl" ? await toMusl(isStatic) : toGlibc(isStatic);
  const sourceFolder = `${apps}/rust/${name}`;
  const programs = [...Deno.readDirSync(`${sourceFolder}/src/bin`)].map((entry) => entry.name).sort();
  const sources = [`rust/${name}/Cargo.toml`, ...programs.map((program) => `rust/${name}/src/bin/${program}`)];
  const stamp = [...await textsOf(sources), target, ...flags, await toolVersion([rustc, "--version"])];
  const label = `rust-${name}-${libc}-${isStatic ? "static" : "dynamic"}`;
  return await cached(label, stamp, async (folder) => {
    // In a copy: Cargo writes beside the sources.
    await run(["cp", "-r", sourceFolder, `${folder}/source`]);
    const output = env.CARGO_TARGET_DIR ?? `${folder}/source/target`;
    const words = [...cargo, "--quiet", "--release", "--target", target];
    await run(words, { cwd: `${folder}/source`, env: { ...env, RUSTFLAGS: flags.join(" ") } });
    for (const program of programs.map((program) => program.replace(/\.rs$/, ""))) {
      await Deno.copyFile(`${output}/${target}/release/${program}`, `${folder}/${program}`);
    }
    await Deno.remove(`${folder}/source`, { recursive: true });
  });
}

function toGlibc(isStatic: boolean): Toolchain {
  return {
    rustc: "rustc",
    cargo: ["cargo", "build"],
    target: "x86_64-unknown-linux-gnu",
    flags: isStatic ? ["-Ctarget-feature=+crt-static"] : [],
    env: {},
  };
}

async function toMusl(isStatic: boolean): Promise<Toolchain> {
  const way = isStatic ? ["-Crelocation-model=static"] : ["-Ctarget-feature=-crt-static"];
  const flags = ["-Clink-self-contained=no", `-L${await unwinder()}`, ...way];
  const rustc = rustForMusl["rustc-web"];
  const stamp = [...flags, await toolVersion([rustc, "--version"])];
  // Both of our packages find the standard library built here.
  const output = await cached(`rust-musl-${isStatic ? "static" : "dynamic"}`, stamp, () => Promise.resolve());
  return {
    rustc,
    cargo: [rustForMusl["cargo-web"], "build", "-Zbuild-std=std,panic_abort"],
    target: "x86_64-unknown-linux-musl",
    flags,
    env: {
      RUSTC: rustc,
      // allows what is not stable yet
      RUSTC_BOOTSTRAP: "1",
      CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER: "musl-gcc",
      CARGO_TARGET_DIR: output,
    },
  };
}

/** What unwinds a stack under musl: gcc's asks glibc, so that Zig's is taken. Returns a folder for the linker. */
function unwinder(): Promise<string> {
  return cached("unwinder-musl", [zig()], async (folder) => {
    const library = `${zig().slice(0, zig().lastIndexOf("/"))}/lib/libunwind`;
    const names = ["UnwindLevel1.c", "UnwindLevel1-gcc-ext.c", "UnwindRegistersSave.S", "UnwindRegistersRestore.S"];
    const flags = ["-target", "x86_64-linux-musl", "-O2", "-fPIC", "-fno-sanitize=all", "-funwind-tables", "-w", "-c"];
    const words = [...flags, `-I${library}/include`, "-D_LIBUNWIND_IS_NATIVE_ONLY"];
    for (const name of names) await run([zig(), "cc", ...words, `${library}/src/${name}`], { cwd: folder });
    await run([zig(), "c++", ...words, "-fno-exceptions", "-fno-rtti", `${library}/src/libunwind.cpp`], {
      cwd: folder,
    });
    const objects = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).filter((name) =>
      /\.o$/.test(name)
    );
    await run(["ar", "rcs", "libunwind.a", ...objects], { cwd: folder });
    await Deno.writeTextFile(`${folder}/libgcc_s.so`, "INPUT ( -lunwind -lgcc )\n");
  });
}
