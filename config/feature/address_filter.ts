/** `filter` of outgoing connections and of DNS: `{"remote": […]}` or `{"local": […]}`. */
import * as z from "zod";
import { key, type KeyFacts } from "../key.ts";

const entries = z.union([z.string().transform((entry) => [entry]), z.array(z.string())]);

const filterSchema = z.strictObject({ remote: entries.optional(), local: entries.optional() }).refine(
  (filter) => (filter.remote === undefined) !== (filter.local === undefined),
  { message: "give either `remote` or `local`" },
);

/** A filter key; null means that nothing is filtered. */
export const addressFilter = (facts: Pick<KeyFacts, "doc" | "effect">) =>
  key(filterSchema.nullable().default(null), { ...facts, expects: "an object with either remote or local" });
