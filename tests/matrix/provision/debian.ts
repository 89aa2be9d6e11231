/** Debian's packages, installed when a program that needs them is run. */
import { installDebian } from "../../runner/packages.ts";
import type { Program } from "../program.ts";

/** Installs what these programs need and is missing, in one go. */
export async function installFor(programs: readonly Program[]): Promise<void> {
  await installDebian(Object.assign({}, ...programs.map(({ debian }) => debian ?? {})));
}
