let casedCharacters: string | undefined;

/** The other case of an ASCII letter, or the character itself. ASCII folds only with itself here, for small tables. */
export function otherCase(code: number): number {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter ? code ^ 32 : code;
}

/** All characters that are the same as this one beyond ASCII when case does not count, itself included. */
export function caseVariants(codePoint: number): number[] {
  const found = caseVariantsOf(`\\u{${codePoint.toString(16)}}`);
  return found.length === 0 ? [codePoint] : found;
}

/** The characters with case that a class (in JavaScript's notation) matches in any case. */
export function caseVariantsOf(source: string): number[] {
  casedCharacters ??= findCased();
  return Array.from(casedCharacters.matchAll(new RegExp(source, "giv")), ([character]) => character.codePointAt(0)!);
}

/** The some 2 900 characters that have another case. Scripts with case end below U+1F000. */
function findCased(): string {
  let all = "";
  for (let codePoint = 0; codePoint < 0x1f000; codePoint++) {
    if (codePoint < 0xd800 || codePoint > 0xdfff) all += String.fromCodePoint(codePoint);
  }
  return Array.from(all.matchAll(/[\p{Changes_When_Casefolded}\p{Changes_When_Casemapped}]+/gv), String).join("");
}
