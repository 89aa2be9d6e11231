/** Clients of the target that go on asking while a server reloads. */
import { brief } from "./outcome.ts";
import type { Stage } from "./stage.ts";

const pauseMs = 50;
const asksMax = 2000;
/** A server that is ended in the middle of an answer breaks it off, wherever it runs. */
const brokenMost = 2;

export class Traffic {
  #isWanted = true;
  readonly #answers = new Map<string, number>();
  readonly #errors: string[] = [];
  readonly #asking: Promise<void>;

  private constructor(stage: Stage) {
    this.#asking = this.#ask(stage);
  }

  static start(stage: Stage): Traffic {
    return new Traffic(stage);
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    await this.#asking;
  }

  /** Each answer was one of these, none was refused, and hardly one was broken off. Throws when it was not so. */
  assertServed(words: string[]): void {
    const strange = [...this.#answers.keys()].filter((answer) => !words.some((word) => answer.includes(word)));
    const refused = this.#errors.filter((error) => /refused/i.test(error));
    const count = `of ${this.#total} requests during the reload`;
    if (this.#total === 0) throw new Error("nobody asked during the reload");
    if (strange.length > 0) throw new Error(`${strange.length} ${count} were answered “${brief(strange[0]!)}”`);
    if (refused.length > 0) throw new Error(`${refused.length} ${count} were refused: ${brief(refused[0]!)}`);
    if (this.#errors.length > brokenMost) {
      throw new Error(`${this.#errors.length} ${count} failed: ${brief(this.#errors[0]!)}`);
    }
  }

  get #total(): number {
    return this.#errors.length + [...this.#answers.values()].reduce((sum, count) => sum + count, 0);
  }

  async #ask(stage: Stage): Promise<void> {
    while (this.#isWanted && this.#total < asksMax) {
      await stage.ask().then(
        (answer) => this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1),
        (error) => this.#errors.push(String(error)),
      );
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
