/** A pattern that cannot be used. */
export class PatternError extends Error {
  override readonly name = "PatternError";

  /**
   * `position` counts UTF-16 units from the pattern's start. `setting` is the configuration key the pattern stands in,
   * where that is known.
   */
  constructor(
    readonly pattern: string,
    readonly position: number,
    readonly reason: string,
    readonly setting: string | null = null,
  ) {
    const where = setting === null ? "" : ` in ${setting}`;
    super(`bad pattern${where}: ${reason}\n  ${pattern}\n  ${" ".repeat(position)}^`);
  }

  /** The same error with its place in the configuration. */
  inSetting(setting: string): PatternError {
    return new PatternError(this.pattern, this.position, this.reason, setting);
  }
}
