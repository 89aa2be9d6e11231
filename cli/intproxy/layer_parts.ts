/**
 * Where the session's processes find the layer's library and the supervisor. Programs change their user, and the folder that
 * mirrord was unpacked to may be closed to others (`/root`): then both are copied to the session's own folder.
 */
import type { Installation } from "../session/installation.ts";

export interface LayerParts {
  /** The library that is preloaded. No blank or colon is in its path: the loader takes them for the end of a name. */
  library: string;
  supervisor: string;
}

/**
 * @param folders where copies may lie, best first; made if need be. The first on a file system that allows to execute counts.
 */
export function placeParts(installation: Pick<Installation, "layer" | "supervisor">, folders: string[]): LayerParts {
  const { layer, supervisor } = installation;
  if (isOpenToAll(layer) && isOpenToAll(supervisor) && !/[\s:]/.test(layer)) return { library: layer, supervisor };
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo");
  const folder = folders.find((folder) => mayExecuteOn(folder, mounts));
  if (folder === undefined) return { library: layer, supervisor };
  Deno.mkdirSync(folder, { recursive: true, mode: 0o711 });
  return {
    library: copyFor(layer, `${folder}/libmirrord_layer.so`),
    supervisor: copyFor(supervisor, `${folder}/mirrord-supervisor`),
  };
}

/** Whether every user may read and execute the file, and enter all folders above it. */
function isOpenToAll(path: string): boolean {
  const names = path.split("/").slice(1, -1);
  const above = names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
  return modeOf(path, 0o005) && above.every((folder) => modeOf(folder, 0o001));
}

function modeOf(path: string, bits: number): boolean {
  try {
    return (Deno.statSync(path).mode! & bits) === bits;
  } catch {
    return false;
  }
}

/** @param mounts `/proc/self/mountinfo`; of mounts on one place the last counts */
export function mayExecuteOn(folder: string, mounts: string): boolean {
  let longest = "";
  let options = "";
  for (const line of mounts.split("\n")) {
    const [, , , , escaped, flags] = line.split(" ");
    if (escaped === undefined) continue;
    const place = escaped.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
    const isAbove = folder === place || folder.startsWith(place.endsWith("/") ? place : `${place}/`);
    if (isAbove && place.length >= longest.length) [longest, options] = [place, flags!];
  }
  return !options.split(",").includes("noexec");
}

function copyFor(from: string, to: string): string {
  Deno.copyFileSync(from, to);
  Deno.chmodSync(to, 0o755);
  return to;
}
