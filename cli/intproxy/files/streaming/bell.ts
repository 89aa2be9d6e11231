/** A local file without content that changes when another file does: what inotify(7) is pointed at instead of that. */
import { MemoryFile } from "../../../system/memory_file.ts";

const noName = new Uint8Array();
const tone = Uint8Array.of(0);

export class Bell {
  /** Made when somebody listens. */
  #memory: MemoryFile | null = null;

  /** Where it is to be watched. */
  get path(): string {
    this.#memory ??= MemoryFile.create(noName, 0);
    return this.#memory.path;
  }

  ring(): void {
    const writer = this.#memory?.writer();
    writer?.write(tone, 0);
    writer?.close();
  }

  close(): void {
    this.#memory?.close();
    this.#memory = null;
  }
}
