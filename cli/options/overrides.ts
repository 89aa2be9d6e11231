/** What a flag does: it sets a variable for the configuration, as if it had been exported. */

/** Variables set by flags, each with the flag (`--target`), which messages name; they beat those of the environment. */
export type Overrides = Readonly<Record<string, { value: string; flag: string }>>;

/** Parsed flags in the shape commander gives them. */
export type FlagValues = Record<string, string | boolean | undefined>;

/** One flag and what it means. */
export interface Flag {
  /** As commander writes it: `-t, --target <path>`. */
  flags: string;
  description: string;
  /** The variables set by the flag's value (`true` for a flag without one). Throws an Error saying what is expected. */
  variables: (value: string) => Record<string, string>;
  hidden?: boolean;
}

/** The key under which commander keeps a flag's value: `--no-remote-dns` → `remoteDns`. */
export function attributeName(flag: Flag): string {
  const long = longName(flag).replace(/^--(no-)?/, "");
  return long.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The overrides of all given flags. */
export function overridesOf(flags: readonly Flag[], values: FlagValues): Overrides {
  const overrides: Record<string, { value: string; flag: string }> = {};
  for (const flag of flags) {
    const given = values[attributeName(flag)];
    const name = longName(flag);
    const isGiven = name.startsWith("--no-") ? given === false : given !== undefined && given !== false;
    if (!isGiven) continue;
    const variables = flag.variables(typeof given === "string" ? given : "true");
    for (const [variable, value] of Object.entries(variables)) overrides[variable] = { value, flag: name };
  }
  return overrides;
}

function longName(flag: Flag): string {
  return /--[a-z-]+/.exec(flag.flags)![0];
}

/** A flag whose value becomes that of one variable. */
export function sets(variable: string): Flag["variables"] {
  return (value) => ({ [variable]: value });
}

/** A flag that sets variables to fixed values. */
export function means(variables: Record<string, string>): Flag["variables"] {
  return () => variables;
}

/** A whole number of at most `max`. */
export function number(variable: string, max: number): Flag["variables"] {
  return (value) => {
    if (!/^\d+$/.test(value) || Number(value) > max) {
      throw new Error(`expected a whole number up to ${max}, got \`${value}\``);
    }
    return { [variable]: value };
  };
}
