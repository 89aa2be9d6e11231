/** What ordinary programs work on: a folder with many files, the same at each run. */
import { run } from "../../../build/toolchain.ts";
import { moduleFiles } from "./modules.ts";

const folders = 100;
const filesInEach = 50;

/**
 * A folder of its own: `repository/` (5 000 files, a git repository), `modules/` (of Python, and a script that
 * imports them all) and `program.c`.
 */
export class Tree implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async make(): Promise<Tree> {
    const tree = new Tree(await Deno.makeTempDir({ prefix: "mirrord-bench-tree-" }));
    await tree.#makeRepository();
    await Deno.mkdir(`${tree.path}/modules`);
    for (const { name, text } of moduleFiles()) await Deno.writeTextFile(`${tree.path}/modules/${name}`, text);
    const headers = ["stdio", "stdlib", "string", "math", "pthread", "sys/socket", "netinet/in", "sys/epoll"];
    const includes = headers.map((header) => `#include <${header}.h>\n`).join("");
    await Deno.writeTextFile(`${tree.path}/program.c`, `${includes}int main(void) { return printf("%d", rand()); }\n`);
    return tree;
  }

  async #makeRepository(): Promise<void> {
    const repository = `${this.path}/repository`;
    for (let folder = 0; folder < folders; folder++) {
      await Deno.mkdir(`${repository}/folder_${folder}`, { recursive: true });
      for (let file = 0; file < filesInEach; file++) {
        const text = `file ${file} of folder ${folder}\n`.repeat(20);
        await Deno.writeTextFile(`${repository}/folder_${folder}/file_${file}.txt`, text);
      }
    }
    const git = (...args: string[]) => run("git", ["-C", repository, ...args]);
    await git("init", "--quiet");
    await git("add", ".");
    await git("-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "--quiet", "--message", "all");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
