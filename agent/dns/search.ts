/** Which full names a name may stand for. */
import type { ResolverConfig } from "./resolv_conf.ts";

/** In the order in which they are tried. A name with a dot at its end is full already. */
export function candidateNames(name: string, config: Pick<ResolverConfig, "search" | "ndots">): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const appended = config.search.filter((domain) => domain !== "").map((domain) => `${name}.${domain}`);
  const dots = name.split(".").length - 1;
  return dots >= config.ndots ? [name, ...appended] : [...appended, name];
}
