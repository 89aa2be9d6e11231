/** Names, resolved as the target does it. */
import { ResolveReply, ReverseReply } from "../../protocol/layer/messages.ts";
import type { AgentLink } from "./agent_link.ts";
import type { Log } from "./log.ts";
import { type Answer, answer, type RequestBody } from "./server.ts";

/** "Temporary failure in name resolution" of glibc. */
const EAI_AGAIN = -3;

const noName = new Uint8Array(0);

export class Dns {
  readonly #link: AgentLink;
  readonly #log: Log;

  constructor(link: AgentLink, log: Log) {
    this.#link = link;
    this.#log = log;
  }

  async resolve({ name, family }: RequestBody<"resolve">): Promise<Answer> {
    try {
      const { code, canonicalName, addresses, reason } = await this.#link.ask("resolve", { name, family });
      if (code !== 0) this.#log.debug(`${new TextDecoder().decode(name)} was not resolved (${code}): ${reason}`);
      return answer(ResolveReply, { code, canonicalName, addresses });
    } catch (error) {
      this.#log.warn(`${new TextDecoder().decode(name)} was not resolved: ${error}`);
      return answer(ResolveReply, { code: EAI_AGAIN, canonicalName: noName, addresses: [] });
    }
  }

  async reverse({ address }: RequestBody<"reverseResolve">): Promise<Answer> {
    try {
      return answer(ReverseReply, await this.#link.ask("reverseResolve", { address }));
    } catch (error) {
      this.#log.warn(`the name of an address was not resolved: ${error}`);
      return answer(ReverseReply, { code: EAI_AGAIN, name: noName });
    }
  }
}
