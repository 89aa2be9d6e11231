/** An agent that serves its clients without regard to others. */
import type { Tunnel } from "../../protocol/link/mod.ts";
import type { Site } from "../site.ts";
import type { Role } from "./role.ts";

export class Alone implements Role {
  readonly what = "alone";
  readonly lost = Promise.withResolvers<void>().promise;
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  accept(tunnel: Tunnel): Promise<void> {
    return this.#site.accept(tunnel);
  }

  close(): void {}
}
