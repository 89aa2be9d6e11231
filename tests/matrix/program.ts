/** What the matrix knows of a program: how to get it, and the commands that fill its cells. */
import type { Scene } from "./place.ts";

/** Each program is asked for these where it can do them at all. */
export const viewCells = ["env", "read", "write", "list", "resolve", "connect"] as const;
export const serveCells = ["mirror", "steal", "restart"] as const;

export type ViewCell = typeof viewCells[number];
export type ServeCell = typeof serveCells[number];
export type Cell = ViewCell | ServeCell;

export interface Program {
  /** As the table has it. */
  name: string;
  /** Runs in CI too. */
  core?: boolean;
  /** Debian packages, each with a file that shows that it is there. */
  debian?: Record<string, string>;
  /** Fetches and builds what is missing; called before anything else of the program. */
  prepare(): Promise<Prepared>;
  /** Why it has no more cells, for the page's reader. */
  lacks?: string;
}

export interface Prepared {
  /** A command whose output holds the version as its first number with a dot (the first number, if none has one). */
  version: string[];
  /** What is executed in the end, where the command's first word is only a script that leads to it. */
  executable?: string;
  /** Folders of runs are made beneath it, for programs that look for their packages above their sources. */
  home?: string;
  /** Variables that set mirrord's own options. */
  settings?: Record<string, string>;
  view?: View;
  serve?: Serve;
}

/**
 * `every`: one run fills all cells. It is given `visitArguments`, and prints a JSON object with a value for each cell.
 * `served`: the server itself answers a request with that object, when its order has arguments to visit.
 * `each`: a tool, or a client beside the server, asked once for each of these cells.
 */
export type View =
  | { every: string[]; without?: ViewCell[] }
  | { served: true; without?: ViewCell[]; each?: Questions }
  | { each: Questions };

export type Questions = Partial<Record<ViewCell, Question>>;

export interface Question {
  command(scene: Scene, newFile: string): string[];
  /** The service of the target that the command talks to. */
  service?: Service;
  /** What of the new file is looked at in the target; unless given, the file itself. */
  wrote?(newFile: string): string;
  /** Stands in the answer, so that an empty one is none; unless given, what the scene has for the cell. */
  holds?: string | ((scene: Scene) => string);
}

/** A server that is started in the target's network, for tools that speak more than HTTP. It must listen on all addresses. */
export interface Service {
  command(folder: string): string[];
  /** Once it accepts connections on this port, it is ready. */
  port: number;
  /** Done in the target before the start. */
  before?(folder: string): string[][];
  /** Done in the target once it is ready. */
  after?(folder: string): string[][];
}

export interface Serve {
  command(order: ServeOrder): Promise<ServeCommand> | ServeCommand;
  /**
   * Makes the running server answer with another word, as a developer would: by editing its source, and by a signal where
   * the server waits for one.
   *
   * @param pid of the running server
   */
  reload?(order: ServeOrder, pid: number): Promise<void>;
  /** Run in the target, prints what its port answers; unless given, an HTTP request. */
  ask?(port: number): string[];
}

export interface ServeOrder {
  port: number;
  /** What the server answers. */
  word: string;
  /** A folder of this run alone. */
  folder: string;
  /** The server appends a line for each request. */
  seen: string;
  /** `visitArguments`: with them the server answers with what it sees of its surroundings, not with the word. */
  visit?: string[];
}

export interface ServeCommand {
  command: string[];
  env?: Record<string, string>;
  cwd?: string;
}

/** What `visit` programs are given, in any language. */
export function visitArguments(scene: Scene, newFile: string): string[] {
  return [scene.variable, scene.file, newFile, scene.folder, scene.name, String(scene.port)];
}

/** What they write. */
export const written = "written by a program\n";

/** Programs `answer` of any language: port, word and the file for what was seen, and what to visit. */
export function answering(command: string[]): Serve {
  return {
    command: ({ port, word, seen, visit = [] }) => ({ command: [...command, String(port), word, seen, ...visit] }),
  };
}
