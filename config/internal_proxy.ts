/** `internal_proxy`: the process between the program and the agent. */
import { flag, integer, optionalText, section, text, u53 } from "./key.ts";

export const internalProxy = section({
  start_idle_timeout: integer(60, u53, {
    doc: "Of the original: seconds to wait for the program's first connection. The proxy lives as long as the program.",
    effect: "none",
  }),
  idle_timeout: integer(5, u53, {
    doc: "Seconds without a connected process, once the program has ended, after which the proxy ends.",
  }),
  socket_timeout: integer(31_536_000, u53, {
    doc: "Of the original: seconds a layer waits for the proxy.",
    effect: "none",
  }),
  log_level: text("mirrord=info,warn", {
    doc: "Log level: `trace`, `debug`, `info`, `warn`, `error`, or a filter like `mirrord=debug,warn`.",
  }),
  log_destination: optionalText({
    doc: "Log file.",
    defaultDoc: "`mirrord-intproxy-….log` in the folder for temporary files",
  }),
  json_log: flag(true, { doc: "Whether the log is JSON." }),
  ping_interval: integer(30, u53, { doc: "Of a newer version.", effect: "none" }),
  process_logging_interval: integer(60, u53, { doc: "Of a newer version.", effect: "none" }),
}, { doc: "The process between the program and the agent." });
