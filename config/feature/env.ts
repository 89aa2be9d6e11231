/** `feature.env`: the target's environment variables. */
import { flag, optionalText, optionalTextList, section, splitList, textList, textMap, toggle } from "../key.ts";

/** Lists of names may also be one string with `;`, or a list of such strings. */
const names = {
  accept: (raw: unknown) => {
    if (typeof raw === "string") return splitList(raw);
    if (Array.isArray(raw) && raw.every((part) => typeof part === "string")) return raw.flatMap(splitList);
    return raw;
  },
};

export const env = section({
  include: optionalTextList({
    doc:
      "Only these variables are taken from the target; `*` and `?` are wildcards. A list, or names separated by `;`. " +
      "A variable that is excluded by default is taken when it is named here in full. Not together with `exclude`.",
    defaultDoc: "all variables",
    env: "MIRRORD_OVERRIDE_ENV_VARS_INCLUDE",
    ...names,
  }),
  exclude: optionalTextList({
    doc: "These variables are not taken from the target; `*` and `?` are wildcards. A list, or names separated by `;`.",
    env: "MIRRORD_OVERRIDE_ENV_VARS_EXCLUDE",
    ...names,
  }),
  override: textMap({ doc: "Variables that are set to these values, whatever the target or the `env_file` says." }),
  mapping: textMap({
    doc:
      "Patterns (regular expressions, searched in the name) and the value that variables of such a name get. The first " +
      "pattern that matches counts. `$1` and `${name}` in the value stand for what a group of the pattern matched, " +
      "`$$` for a dollar sign.",
  }),
  unset: textList([], {
    doc: "Variables that the program must not have, in whatever case they are written.",
    ...names,
  }),
  env_file: optionalText({
    doc: "A file of variables (`NAME=value` lines) that beat the target's.",
    env: "MIRRORD_OVERRIDE_ENV_VARS_FILE",
  }),
  load_from_process: flag(false, {
    doc: "Of the original: fetch the variables after the program has started. They are always there before it starts.",
    env: "MIRRORD_ENV_LOAD_FROM_PROCESS",
    effect: "none",
  }),
}, {
  doc: "Environment variables of the target. `true` takes all, `false` none.",
  ...toggle({ exclude: ["*"] }),
});
