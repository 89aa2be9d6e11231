/**
 * The proxy of an `exec`, started before the command line is parsed and the configuration read: both take as long as the
 * proxy's own start (50 ms). When the command line is no good the proxy gets no order, and ends.
 */
import { findInstallation } from "./installation.ts";
// Loaded before the first process is started: it looks at the signals.
import "./launch_state.ts";
import { type ProxyProcess, startProxy } from "./proxy_process.ts";

let started: ProxyProcess | null = null;

export function startEarly(): void {
  started = startProxy(findInstallation());
}

/** The proxy that was started early, or one that is started now. */
export function earlyProxy(): ProxyProcess {
  return started ?? startProxy(findInstallation());
}
