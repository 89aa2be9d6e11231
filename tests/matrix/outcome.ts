/** What came of a cell. */
import type { Cell } from "./program.ts";

/** `why` is null when the cell passed. */
export type Outcomes = Partial<Record<Cell, { why: string | null }>>;

export interface Result {
  name: string;
  version: string;
  door: string;
  cells: Outcomes;
  /** Why it has no more cells. */
  lacks?: string;
  durationMs: number;
}

/** The check says why, or returns when all is well. */
export async function outcomeOf(check: () => Promise<void>): Promise<{ why: string | null }> {
  try {
    await check();
    return { why: null };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** As much of a text as a reader needs, on one line. */
export function brief(text: string, most = 300): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, " ⏎ ");
  return line.length <= most ? line : `…${line.slice(-most)}`;
}
