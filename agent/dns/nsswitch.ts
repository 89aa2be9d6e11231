/** nsswitch.conf(5): whether the hosts file or the servers are asked first. */

export type NameSource = "files" | "dns";

/**
 * The sources of the `hosts` line, in order; without one, files and then servers. Other services (mDNS, NIS) are not
 * available to us; systemd's `resolve` asks the same servers.
 */
export function parseNsswitch(text: string): NameSource[] {
  const line = text.split("\n").map((line) => line.replace(/#.*$/, "").trim()).find((line) =>
    line.startsWith("hosts:")
  );
  if (line === undefined) return ["files", "dns"];
  const sources: NameSource[] = [];
  let previous = "";
  for (const [word] of line.slice("hosts:".length).matchAll(/\[[^\]]*\]|\S+/g)) {
    if (word.startsWith("[") && previous === "files" && /\bNOTFOUND=return\b/i.test(word)) break;
    const source = word === "resolve" ? "dns" : word;
    if ((source === "files" || source === "dns") && !sources.includes(source)) sources.push(source);
    previous = word;
  }
  return sources.length === 0 ? ["files", "dns"] : sources;
}
