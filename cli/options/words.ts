/**
 * The words of a command line before commander reads them. Its optional values swallow the next word, so that a flag which
 * may have a value only with `=` (`-c`, `-c=false`) is brought into another form: `--certificates-accepted=false`.
 */

interface OptionShape {
  short?: string;
  long?: string;
  /** A value must follow. */
  required: boolean;
  /** A value may follow. */
  optional: boolean;
}

/** Index of the first word that is neither an option nor the value of one: the program; after `--` in any case. */
export function programIndex(words: readonly string[], options: readonly OptionShape[]): number {
  let index = 0;
  while (index < words.length) {
    const word = words[index]!;
    if (word === "--") return index + 1;
    if (!word.startsWith("-") || word === "-") return index;
    index += 1 + (takesNext(word, words[index + 1], options) ? 1 : 0);
  }
  return index;
}

function takesNext(word: string, next: string | undefined, options: readonly OptionShape[]): boolean {
  if (next === undefined) return false;
  const option = word.startsWith("--") ? options.find((one) => one.long === word) : lastShort(word, options);
  if (option === undefined) return false;
  return option.required || (option.optional && (!next.startsWith("-") || next === "-"));
}

/** The option of a cluster (`-ec`) that could take the next word; undefined when its value is in the cluster itself. */
function lastShort(word: string, options: readonly OptionShape[]): OptionShape | undefined {
  for (let position = 1; position < word.length; position++) {
    const option = options.find((one) => one.short === `-${word[position]}`);
    if (option === undefined) return undefined;
    if (option.required || option.optional) return position === word.length - 1 ? option : undefined;
  }
  return undefined;
}

const certificates = /^(?:-c|--accept-invalid-certificates)=(.*)$/s;

/** `-c=VALUE` before the program as a flag with a required value. */
export function withCertificateValue(words: readonly string[], options: readonly OptionShape[]): string[] {
  const end = programIndex(words, options);
  return words.map((word, index) => {
    const value = index < end ? certificates.exec(word)?.[1] : undefined;
    return value === undefined ? word : `--certificates-accepted=${value}`;
  });
}
