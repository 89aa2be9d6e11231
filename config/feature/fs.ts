/** `feature.fs`: the target's files. */
import * as z from "zod";
import { booleanFromText, integer, key, section, textList, textMap, u53 } from "../key.ts";

const fileModes = ["local", "localwithoverrides", "read", "write"] as const;

/** `local-with-overrides`, as the flag spells it, is `localwithoverrides`. */
function modeFromText(value: string, variable: string): unknown {
  if (variable === "MIRRORD_FILE_OPS") return booleanFromText(value) ? "write" : "local";
  if (variable === "MIRRORD_FILE_RO_OPS") return booleanFromText(value) ? "read" : "local";
  return value.toLowerCase().replaceAll("-", "");
}

function acceptFiles(raw: unknown): unknown {
  if (raw === true) return {};
  if (raw === false) return { mode: "local" };
  return typeof raw === "string" ? { mode: raw } : raw;
}

const pattern = "Regular expressions, matched anywhere in the path and in any case. ";

export const fs = section({
  mode: key(z.enum(fileModes).default("read"), {
    doc:
      "What happens to paths that no pattern speaks of: `read` reads the target's and writes local ones, `write` does " +
      "both at the target, `local` neither, `localwithoverrides` is local except for a few paths such as " +
      "/etc/resolv.conf.",
    env: ["MIRRORD_FILE_MODE", "MIRRORD_FILE_OPS", "MIRRORD_FILE_RO_OPS"],
    fromText: modeFromText,
  }),
  read_write: textList([], {
    doc: pattern + "Such files are read and written at the target.",
    env: "MIRRORD_FILE_READ_WRITE_PATTERN",
  }),
  read_only: textList([], {
    doc: pattern + "Such files are read at the target, and written locally.",
    env: "MIRRORD_FILE_READ_ONLY_PATTERN",
  }),
  local: textList([], { doc: pattern + "Such files are local.", env: "MIRRORD_FILE_LOCAL_PATTERN" }),
  not_found: textList([], { doc: pattern + "Such files do not exist." }),
  mapping: textMap({
    doc:
      "Patterns and what replaces the part of an absolute path they match, before anything else is decided. `$1` and " +
      "`${name}` stand for groups.",
  }),
  readonly_file_buffer: integer(128_000, u53, {
    doc: "Of the original: bytes read ahead from remote files. Files are fetched in a way that needs no such buffer.",
    effect: "none",
  }),
}, {
  doc: "Files of the target. `true` or `read`, `write`, `localwithoverrides`, `false` or `local`, or an object.",
  accept: acceptFiles,
  shortForms: [{ type: "boolean" }, { enum: fileModes }],
  expects: "true, false, a mode or an object",
});
