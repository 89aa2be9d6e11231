/** Rows about how programs start: by other programs, by other names, with odd descriptors, with libraries of Go. */
import assert from "node:assert/strict";
import { publicPort, target } from "../e2e/target/scene.ts";
import { c, cgo, go, loader, node, python } from "./programs.ts";
import { row } from "./row.ts";

const { file, content, variable, value } = target;

row({
  name: "exec_extracts_layer_without_env",
  command: python("child_of_none", variable),
  expected: `${value}\n`,
});

row({
  name: "test_issue2988",
  command: go("child_exit"),
  expected: ["0 <nil>", ...[1, 2, 3, 4].map((code) => `${code} exit status ${code}`)].join("\n") + "\n",
});

row({
  name: "issue4622",
  command: () => ["sh", "-c", `exec node ${node("touch_stdin")()[1]} ${file} <&-`],
  expected: `number ${content}`,
});

row({
  name: "test_issue834",
  command: cgo("large_cgo", file),
  expected: `${content.trim()} 1 ${JSON.stringify(content)} <nil>\n`,
});

row({
  name: "test_dlopen_cgo",
  command: loader(String(publicPort)),
  // Go's part makes its system calls by itself, and no header tells that it will be loaded.
  config: { experimental: { door: "supervisor" }, feature: { network: { incoming: "steal" } } },
  drive: async (stage) => void await stage.exchange(publicPort, "hello"),
  expected: "hello\n",
});

/** A program under a name of its own, and the session's first line of resolv.conf. */
async function named(name: string): Promise<string[]> {
  const [program] = await c("first_line")();
  const link = `${await Deno.makeTempDir({ prefix: "mirrord-name-" })}/${name}`;
  await Deno.symlink(program!, link);
  return [link, "/etc/resolv.conf"];
}

const localLine = Deno.readTextFileSync("/etc/resolv.conf").split("\n")[0] + "\n";
const nameServer = { scripted: "nameserver 10.96.0.10\n", real: "nameserver 10.98.0.1\n" };

row({
  name: "skip_based_on_exec_name",
  command: () => named("called-otherwise"),
  config: { skip_processes: ["program"] },
  expected: localLine,
});

row({
  name: "skip_based_on_invocation_name",
  command: () => named("called-so"),
  config: { skip_processes: ["called-so"] },
  expected: localLine,
});

row({
  name: "dont_skip",
  command: () => named("called-so"),
  config: { skip_processes: ["called-not-so"] },
  expected: ({ stdout }, { kind }) => assert.equal(stdout, nameServer[kind]),
});
