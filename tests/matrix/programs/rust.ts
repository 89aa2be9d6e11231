/** Rust: its standard library and Tokio, with each libc and each way to link. */
import { answering, type Program } from "../program.ts";
import { cargo, rustForMusl, type RustLibc } from "../provision/rust.ts";

interface Way {
  name: string;
  /** A folder of `tests/apps/rust`. */
  sources: string;
  libc?: RustLibc;
  isStatic?: boolean;
  core?: boolean;
}

const inRust = ({ name, sources, libc = "glibc", isStatic = false, core }: Way): Program => ({
  name,
  core,
  debian: libc === "musl" ? rustForMusl : {},
  prepare: async () => {
    const folder = await cargo(sources, libc, isStatic);
    return {
      version: [libc === "musl" ? rustForMusl["rustc-web"] : "rustc", "--version"],
      view: { every: [`${folder}/visit`] },
      serve: answering([`${folder}/answer`]),
    };
  },
});

export const rustPrograms: Program[] = [
  inRust({ name: "Rust, std", sources: "plain", core: true }),
  inRust({ name: "Rust, std, static", sources: "plain", isStatic: true }),
  inRust({ name: "Rust, std, musl", sources: "plain", libc: "musl" }),
  inRust({ name: "Rust, std, musl, static", sources: "plain", libc: "musl", isStatic: true }),
  inRust({ name: "Rust, Tokio", sources: "tokio" }),
  inRust({ name: "Rust, Tokio, static", sources: "tokio", isStatic: true }),
  inRust({ name: "Rust, Tokio, musl", sources: "tokio", libc: "musl" }),
  inRust({ name: "Rust, Tokio, musl, static", sources: "tokio", libc: "musl", isStatic: true }),
];
