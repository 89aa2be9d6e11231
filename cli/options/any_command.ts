/** A command whose options are made from tables, so that their types are not known to the compiler. */
import type { Command } from "@commander-js/extra-typings";

// deno-lint-ignore no-explicit-any -- arguments and options of any command
export type AnyCommand = Command<any, any, any>;
