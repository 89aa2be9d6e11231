/** `experimental`: switches of the original, accepted so that existing files load, and what is ours and may change. */
import { anyValue, choice, flag, integer, optionalFlag, section, u53 } from "./key.ts";

const unneeded = "Of the original; what it switches is not there, or always right, in this implementation.";
const mac = "macOS only.";

export const experimental = section({
  tcp_ping4_mock: flag(true, { doc: unneeded, effect: "none" }),
  readlink: optionalFlag({ doc: "Deprecated: symbolic links are always read at the target." }),
  readonly_file_buffer: anyValue({ doc: "Moved to `feature.fs.readonly_file_buffer`." }),
  enable_exec_hooks_linux: flag(true, { doc: unneeded, effect: "none" }),
  hide_ipv6_interfaces: flag(false, {
    doc: "Whether programs that ask libc for this machine's addresses (getifaddrs) are told of IPv4 only.",
  }),
  use_dev_null: flag(true, { doc: unneeded, effect: "none" }),
  idle_local_http_connection_timeout: integer(3000, u53, { doc: unneeded, effect: "none" }),
  trust_any_certificate: flag(false, { doc: mac, effect: "elsewhere" }),
  disable_reuseaddr: flag(false, { doc: mac, effect: "elsewhere" }),
  ignore_system_proxy_config: flag(false, { doc: mac, effect: "elsewhere" }),
  sip_log_destination: anyValue({ doc: mac, effect: "elsewhere" }),
  sip_utils: anyValue({ doc: mac, effect: "elsewhere" }),
  browser_extension_config: anyValue({ doc: unneeded, effect: "none" }),
  dlopen_cgo: anyValue({ doc: unneeded, effect: "none" }),
  non_blocking_tcp_connect: anyValue({ doc: unneeded, effect: "none" }),
  go_asmcgocall: anyValue({ doc: unneeded, effect: "none" }),
  guard_std_fds: anyValue({
    doc:
      "Of the original, which points closed standard descriptors at /dev/null. Here they stay closed, as natively, and none " +
      "of the layer's own descriptors ever takes their place.",
    effect: "none",
  }),
  latency: anyValue({ doc: unneeded, effect: "none" }),
  applev: anyValue({ doc: mac, effect: "elsewhere" }),
  door: choice(["auto", "preload", "supervisor"], "auto", {
    doc:
      "How programs are joined to the session. `auto` looks at each program's file: what makes its system calls through " +
      "a C library gets a library preloaded, everything else (static programs, Go, Bun) runs below a supervisor. " +
      "`supervisor` is for programs that only look as if they used the C library; `preload` where the kernel does not " +
      "allow to supervise, at the price that such programs are not served.",
  }),
}, { doc: "Switches of the original, accepted so that existing files load; and what may change." });
