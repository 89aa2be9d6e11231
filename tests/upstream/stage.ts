/** What a row of the table runs on: a scripted agent, or the real one on an isolated target. */

/** A configuration without its target. */
export type Config = Record<string, unknown>;

export interface Started {
  child: Deno.ChildProcess;
  /** The program's working directory, which is its caller's to remove. */
  folder: string;
}

export interface Stage extends AsyncDisposable {
  readonly kind: "scripted" | "real";
  /** Starts a program under mirrord. */
  spawn(command: string[], config: Config, env?: Record<string, string>): Promise<Started>;
  /**
   * Sends `text` to a port of the target and waits until the program has the port: what comes back until the end; nothing
   * from a mirrored port of a scripted target.
   */
  exchange(port: number, text: string): Promise<string>;
  /** Sends `text` to a port of the target; whoever has it, answers. */
  say(port: number, text: string): Promise<void>;
}
