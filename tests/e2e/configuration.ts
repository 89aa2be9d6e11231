/** Configuration files of the tests. */

export interface Configuration extends AsyncDisposable {
  /** What `mirrord exec` takes to read it. */
  flags: string[];
}

/** Writes a configuration; it is removed when it is disposed of. */
export async function withConfiguration(value: unknown): Promise<Configuration> {
  const path = await Deno.makeTempFile({ dir: "/dev/shm", prefix: "mirrord-e2e-", suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(value));
  return { flags: ["-f", path], [Symbol.asyncDispose]: () => Deno.remove(path) };
}
