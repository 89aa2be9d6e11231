/** The session's folder: what layers map and open. In memory where possible, for all users, but not to be listed. */
import { configWritingOffset } from "../../protocol/layer/config_file.ts";

export interface SessionFolder {
  /** Absolute, `…/mirrord-<session>`. */
  path: string;
  /** Not made: beside the folder for temporary files, for what `path` cannot hold. */
  secondPath: string;
  /** Empty; others get into it by its name only. */
  shadowFolder: string;
  /** Writes what every layer maps; returns its path. */
  writeLayerConfig(content: Uint8Array): string;
  /** Tells all layers there whether a file of the target is open for writing. */
  tellWriting(isWriting: boolean): void;
  /** Removes everything. */
  remove(): void;
}

/** Makes the folder in the first of `parents` that can be written. Throws the last one's error. */
export function makeSessionFolder(session: string, parents: string[]): SessionFolder {
  const path = firstWritable(parents.map((parent) => `${parent}/mirrord-${session}`));
  // Programs may change their user: whoever knows a name may follow it. Nobody else can find the names.
  Deno.chmodSync(path, 0o711);
  const secondPath = `${parents.at(-1)}/mirrord-${session}-parts`;
  const configPath = `${path}/layer.bin`;
  const shadowFolder = `${path}/${crypto.getRandomValues(new Uint8Array(16)).toHex()}`;
  Deno.mkdirSync(shadowFolder);
  Deno.chmodSync(shadowFolder, 0o711);
  return {
    path,
    secondPath,
    shadowFolder,
    writeLayerConfig(content) {
      Deno.writeFileSync(configPath, content);
      Deno.chmodSync(configPath, 0o644);
      return configPath;
    },
    tellWriting(isWriting) {
      using file = Deno.openSync(configPath, { write: true });
      file.seekSync(configWritingOffset, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array([isWriting ? 1 : 0]));
    },
    remove() {
      removeQuietly(path);
      removeQuietly(secondPath);
    },
  };
}

function firstWritable(paths: string[]): string {
  let failure: unknown;
  for (const path of paths) {
    try {
      Deno.mkdirSync(path, { mode: 0o700 });
      return path;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // The guardian was first, or a program still makes use of it: it lies in memory or in the folder for temporary files.
  }
}
