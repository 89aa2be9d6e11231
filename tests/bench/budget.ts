/** A budget of docs/SPECIFICATION.md, and how a run of it is judged. */

/** `atMost`: ours may cost no more than `limit` × the anchor (+ `allowance`); `atLeast`: ours must reach so much of it. */
export interface Budget {
  name: string;
  unit: string;
  /** Against what: said in the table. */
  anchor: string;
  rule: "atMost" | "atLeast";
  /** As a multiple of the anchor. */
  limit: number;
  /** Added to the limit, in `unit`: for budgets such as "two round trips + 5 ms". */
  allowance?: number;
}

/** One budget's figures: the medians of the interleaved rounds. */
export interface Result {
  budget: Budget;
  ours: number;
  anchor: number;
  /** What else a reader wants to know: CPU seconds per GB, the figures of other sizes. */
  note?: string;
}

/** Ours as a multiple of the anchor. */
export function ratio(result: Result): number {
  return result.anchor === 0 ? (result.ours === 0 ? 1 : Infinity) : result.ours / result.anchor;
}

export function isMet({ budget, ours, anchor }: Result): boolean {
  const bound = budget.limit * anchor + (budget.allowance ?? 0);
  return budget.rule === "atMost" ? ours <= bound : ours >= bound;
}

/** The bound in words: `≤ 2×`, `≥ 1.5×`, `≤ 1× + 1 ms`. */
export function boundText({ rule, limit, allowance, unit }: Budget): string {
  const sign = rule === "atMost" ? "≤" : "≥";
  const multiple = `${sign} ${limit}×`;
  return allowance === undefined
    ? multiple
    : limit === 0
    ? `${sign} ${allowance} ${unit}`
    : `${multiple} + ${allowance} ${unit}`;
}
