/** One start or removal at a time. */
import { cacheFolder, clusterName } from "./settings.ts";

/** The kernel lets go of the lock when the process ends, however it does. */
export async function withLock<T>(work: () => Promise<T>): Promise<T> {
  await Deno.mkdir(cacheFolder, { recursive: true });
  using file = await Deno.open(`${cacheFolder}/${clusterName}.lock`, { create: true, write: true });
  await file.lock(true);
  return await work();
}
