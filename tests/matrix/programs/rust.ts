/** Rust: its standard library and Tokio, linked to glibc each way. */
import { answering, type Program } from "../program.ts";
import { cargo } from "../provision/packages.ts";

const inRust = (name: string, sources: string, flags: string[] = [], core = false): Program => ({
  name,
  core,
  prepare: async () => {
    const folder = await cargo(sources, flags);
    return {
      version: ["rustc", "--version"],
      view: { every: [`${folder}/visit`] },
      serve: answering([`${folder}/answer`]),
    };
  },
});

const isStatic = ["-Ctarget-feature=+crt-static"];

export const rustPrograms: Program[] = [
  inRust("Rust, std", "plain", [], true),
  inRust("Rust, std, static", "plain", isStatic),
  inRust("Rust, Tokio", "tokio"),
  inRust("Rust, Tokio, static", "tokio", isStatic),
];
