/** Folders of fetched and built things outside the tree, each made once and known by a stamp of what it holds. */
import { cacheFolder } from "../../../build/toolchain.ts";

const making = new Map<string, Promise<string>>();

/**
 * Returns the folder `NAME-STAMP`, made by `make` if it is not there. A folder of the same name that was left by an older
 * stamp is removed.
 *
 * @param stamp everything that the content depends on
 * @param make fills an empty folder, which is moved to its place in one step afterwards. What is built must not depend on
 *   the folder's own path; with `inPlace` it is told the final path instead.
 */
export function cached(
  name: string,
  stamp: string[],
  make: (folder: string) => Promise<void>,
  options: { inPlace?: boolean } = {},
): Promise<string> {
  const key = [name, ...stamp].join("\0");
  const known = making.get(key) ?? makeFolder(name, key, make, options.inPlace ?? false);
  making.set(key, known);
  return known;
}

async function makeFolder(
  name: string,
  key: string,
  make: (folder: string) => Promise<void>,
  inPlace: boolean,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const apps = `${cacheFolder()}/apps`;
  const folder = `${apps}/${name}-${new Uint8Array(digest).toHex().slice(0, 12)}`;
  const complete = `${folder}/.complete`;
  if (await exists(complete)) return folder;
  await Deno.mkdir(apps, { recursive: true });
  await removeOlder(apps, name);
  const partial = inPlace ? folder : await Deno.makeTempDir({ dir: apps, prefix: `.${name}-` });
  if (inPlace) await Deno.mkdir(folder, { recursive: true });
  await make(partial);
  await Deno.writeTextFile(`${partial}/.complete`, "");
  if (!inPlace) await Deno.rename(partial, folder);
  return folder;
}

async function removeOlder(apps: string, name: string): Promise<void> {
  for await (const entry of Deno.readDir(apps)) {
    const isOurs = entry.name.startsWith(`${name}-`) && /^[0-9a-f]{12}$/.test(entry.name.slice(name.length + 1));
    if (isOurs) await Deno.remove(`${apps}/${entry.name}`, { recursive: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The folder of our small programs. */
export const apps = new URL("../../apps", import.meta.url).pathname;

/** The texts of files beneath `tests/apps`, as a stamp. */
export function textsOf(paths: string[]): Promise<string[]> {
  return Promise.all(paths.map((path) => Deno.readTextFile(`${apps}/${path}`)));
}

/** The first line that a tool says about its version: what is built depends on it. */
export async function toolVersion(command: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command[0]!, { args: command.slice(1) }).output();
  const text = new TextDecoder();
  return (text.decode(stdout) + text.decode(stderr)).split("\n")[0]!;
}
