import assert from "node:assert/strict";
import { MirrordError } from "../error.ts";
import { executedFile } from "./become.ts";
import { findProgram, inspectProgram } from "./program_file.ts";
import { elfFile } from "./testing/elf_file.ts";

/** A folder with files of given contents; those whose name begins with `x` may be executed. */
async function folderOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-programs-" });
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${folder}/${name}`, bytes, { mode: name.startsWith("x") ? 0o755 : 0o644 });
  }
  return folder;
}

/** Rights are those of root in some tests: whoever may do everything may not execute what nobody may. */
Deno.test("findProgram() searches PATH as execvp does", async () => {
  const first = await folderOf({ tool: "not executable", xother: "" });
  const second = await folderOf({ xtool: "" });
  await Deno.rename(`${second}/xtool`, `${second}/tool`);
  const path = `/nonexistent:${first}:${second}`;
  assert.equal(findProgram("tool", path), `${second}/tool`);
  assert.equal(findProgram("xother", path), `${first}/xother`);
  assert.equal(findProgram(`${second}/tool`, ""), `${second}/tool`);
  for (const folder of [first, second]) await Deno.remove(folder, { recursive: true });
});

Deno.test("findProgram() says what is wrong and what may be meant", async () => {
  const folder = await folderOf({ xpython: "", plain: "" });
  const fails = (name: string, message: RegExp, help: RegExp) => {
    assert.throws(() => findProgram(name, folder), (error: unknown) => {
      assert.ok(error instanceof MirrordError);
      assert.match(error.message, message);
      assert.match(error.help ?? "", help);
      return true;
    });
  };
  fails("xpyhton", /^the program `xpyhton` was not found in PATH$/, /Did you mean `xpython`\?/);
  fails("plain", /may not be executed/, /chmod \+x/);
  fails(`${folder}/plain`, /may not be executed/, /chmod \+x/);
  fails(`${folder}/nothing`, /there is no file/, /path/);
  fails(`${folder}/.`, /is no program/, /executed/);
  assert.throws(() => findProgram("", folder), MirrordError);
  await Deno.remove(folder, { recursive: true });
});

/** A 32-bit program of i386. */
function narrow(): Uint8Array {
  const bytes = elfFile({});
  bytes[4] = 1;
  bytes[18] = 3;
  return bytes;
}

Deno.test("inspectProgram() chooses the door from the header", async () => {
  const folder = await folderOf({
    xdynamic: elfFile({ interpreter: "/lib64/ld.so" }),
    xstatic: elfFile({}),
    xgo: elfFile({ interpreter: "/lib64/ld.so", noteOwner: "Go" }),
    xnoted: elfFile({ interpreter: "/lib64/ld.so", noteOwner: "GNU" }),
    xbun: elfFile({ interpreter: "/lib64/ld.so", section: ".bun" }),
    xbundle: elfFile({ interpreter: "/lib64/ld.so", section: ".bundle" }),
    xnarrow: narrow(),
    xtext: "echo hello\n",
    xempty: "",
    xbroken: elfFile({}).subarray(0, 70),
  });
  const script = async (name: string, interpreter: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, `#! ${folder}/${interpreter} -x\n`, { mode: 0o755 });
  };
  await script("script", "xdynamic");
  await script("static_script", "xstatic");
  await script("script_of_script", "static_script");
  await script("circle", "circle");
  const facts = (name: string) => {
    const { door, needsShell } = inspectProgram(`${folder}/${name}`);
    return needsShell ? "shell" : door;
  };
  assert.equal(facts("xdynamic"), "preload");
  assert.equal(facts("xnoted"), "preload");
  assert.equal(facts("xstatic"), "supervisor");
  assert.equal(facts("xgo"), "supervisor");
  assert.equal(facts("xbun"), "supervisor");
  assert.equal(facts("xbundle"), "preload");
  assert.equal(facts("xnarrow"), "supervisor");
  assert.equal(facts("xtext"), "shell");
  assert.equal(facts("xempty"), "shell");
  assert.equal(facts("xbroken"), "supervisor");
  assert.equal(facts("script"), "preload");
  assert.equal(facts("static_script"), "supervisor");
  assert.equal(facts("script_of_script"), "supervisor");
  assert.equal(facts("circle"), "preload");
  assert.equal(facts("missing"), "preload");
  assert.equal(inspectProgram(`${folder}/xdynamic`, "supervisor").door, "supervisor");
  assert.equal(inspectProgram(`${folder}/xgo`, "preload").door, "preload");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("executedFile() keeps argv, and puts shell or supervisor in front", () => {
  const program = { path: "./tool", door: "preload", needsShell: false, raisesRights: false } as const;
  const start = {
    argv: ["tool", "-t", ""],
    environment: new Map(),
    softFileLimit: null,
    ignoredSignals: 0,
    closedDescriptors: [],
  };
  assert.deepEqual(executedFile({ ...start, program }, "/sup"), { path: "./tool", argv: ["tool", "-t", ""] });
  assert.deepEqual(executedFile({ ...start, program: { ...program, door: "supervisor" } }, "/sup"), {
    path: "/sup",
    argv: ["/sup", "--argv0", "tool", "--", "./tool", "-t", ""],
  });
  assert.deepEqual(executedFile({ ...start, program: { ...program, needsShell: true } }, "/sup"), {
    path: "/bin/sh",
    argv: ["/bin/sh", "./tool", "-t", ""],
  });
});
