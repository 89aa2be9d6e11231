/** The programs of the end-to-end tests, in each language that the product must serve. */
import { staticGo } from "../apps/static_go.ts";

const apps = new URL("../apps", import.meta.url).pathname;

export interface ProgramKind {
  name: string;
  /** The command that prints what it sees: variable, file, host name and URL are appended. */
  observe: () => Promise<string[]>;
  /** The command that answers HTTP: port, word and a log of what was seen are appended. */
  answer: () => Promise<string[]>;
}

export const kinds: ProgramKind[] = [
  {
    name: "Python",
    observe: () => Promise.resolve(["python3", `${apps}/python/observe.py`]),
    answer: () => Promise.resolve(["python3", `${apps}/python/answer.py`]),
  },
  {
    name: "Node",
    observe: () => Promise.resolve(["node", `${apps}/node/observe.js`]),
    answer: () => Promise.resolve(["node", `${apps}/node/answer.js`]),
  },
  {
    name: "static Go",
    observe: async () => [await staticGo("observe")],
    answer: async () => [await staticGo("answer")],
  },
];

/** A Python program by its text. */
export function python(text: string): string[] {
  return ["python3", "-c", text];
}
