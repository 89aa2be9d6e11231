/** `feature.network.incoming.http_filter`: which requests are stolen. */
import * as z from "zod";
import { key, optionalPorts, optionalText, section } from "../key.ts";

const condition = z.looseObject({ header: z.string().optional(), path: z.string().optional() });

const conditions = (doc: string) =>
  key(z.array(condition).nullable().default(null), {
    doc,
    expects: 'a list of {"header": "REGEX"} or {"path": "REGEX"}',
  });

export const httpFilter = section({
  header_filter: optionalText({
    doc: "Regular expression over a header, written `name: value`, in any case.",
    env: "MIRRORD_HTTP_HEADER_FILTER",
  }),
  path_filter: optionalText({
    doc: "Regular expression over the path of the request.",
    env: "MIRRORD_HTTP_PATH_FILTER",
  }),
  all_of: conditions("Conditions that must all hold."),
  any_of: conditions("Conditions of which one must hold."),
  ports: optionalPorts({
    doc: "Ports on which the filter works.",
    defaultDoc: "80, 8080 and the ports of HTTP probes",
    env: "MIRRORD_HTTP_FILTER_PORTS",
  }),
}, {
  doc:
    "Only HTTP requests that pass are stolen, others go on to the target. Works in `steal` mode. **Cannot be used in " +
    "this version.**",
  accept: (raw) => (raw === false || raw === true ? {} : raw),
  shortForms: [{ type: "boolean" }],
  expects: "false or an object",
});
