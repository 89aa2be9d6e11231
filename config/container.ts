/** `container` and `external_proxy`: for `mirrord container`. */
import { flag, integer, optionalFlag, optionalText, section, text, textList, u53 } from "./key.ts";

export const container = section({
  cli_image: optionalText({ doc: "Image of the sidecar.", defaultDoc: "the image of this release" }),
  cli_extra_args: textList([], { doc: "More arguments for starting the sidecar; ports are published here." }),
  cli_prevent_cleanup: flag(false, { doc: "Whether the sidecar is kept after its end." }),
  cli_image_lib_path: text("/opt/mirrord/lib/libmirrord_layer.so", { doc: "The layer's path in the sidecar's image." }),
  override_host_ip: optionalText({ doc: "Address under which the sidecar reaches this machine." }),
  cli_tls_path: optionalText({ doc: "Of a newer version." }),
  host_gateway_detection: flag(true, { doc: "Of a newer version." }),
  platform: optionalText({ doc: "Of a newer version." }),
}, { doc: "For `mirrord container`, which is not there yet.", unstable: true, effect: "none" });

export const externalProxy = section({
  tls_enable: flag(true, { doc: "Whether sidecar and proxy talk TLS." }),
  start_idle_timeout: integer(60, u53, { doc: "Seconds to wait for the first connection." }),
  idle_timeout: integer(5, u53, { doc: "Seconds without a connection after which the proxy ends." }),
  log_level: text("mirrord=info,warn", { doc: "Log level." }),
  log_destination: optionalText({ doc: "Log file.", defaultDoc: "a file in the folder for temporary files" }),
  json_log: flag(true, { doc: "Whether the log is JSON." }),
  host_ip: optionalText({ doc: "Address to listen on." }),
}, { doc: "The proxy of `mirrord container`, which is not there yet.", effect: "none" });

export const ci = section({
  output_dir: optionalText({ doc: "Of a newer version." }),
}, { doc: "Of a newer version.", effect: "none" });

export const api = optionalFlag({ doc: "Of a newer version.", env: "MIRRORD_API", effect: "none" });
