/** Rows about reading files and directories. */
import { target } from "../e2e/target/scene.ts";
import { c, go, node, rust, script } from "./programs.ts";
import { row } from "./row.ts";

const { file, directory, link, content, modifiedSeconds } = target;
const size = content.length;
const tmpfs = "1021994";

row({
  name: "bash_script",
  command: script("cat_and_hostname", file),
  expected: `${content}e2e-target\n`,
});

row({
  name: "cor_1734_file_mode",
  command: async () => [...await c("file_mode")(), await Deno.makeTempDir({ prefix: "mirrord-mode-" })],
  expected: "open 601\nopen64 602\nopenat 603\nopenat64 604\nmkdir 705\n",
});

row({ name: "fork", command: c("forked_read", file), expected: `${content}child 0\n${content}` });

row({ name: "go_self_open", command: go("file_calls", "self"), expected: '"\\x7fELF"\n' });

row({ name: "read_go", command: go("file_calls", "read", file), expected: content });

row({
  name: "go_stat",
  command: go("file_calls", "stat", file),
  expected: `${size} -rw-r----- ${modifiedSeconds} ${tmpfs} true\n`,
});

row({
  name: "go_dir_on_linux",
  command: go("file_calls", "list", directory),
  expected: "alpha false\nbelow true\nbeta false\ngamma false\n",
});

row({
  name: "go_dir_bypass",
  command: go("file_calls", "list", new URL("../apps/go/file_calls", import.meta.url).pathname),
  config: { feature: { fs: { local: [new URL("../apps/go", import.meta.url).pathname] } } },
  expected: "go.mod false\nmain.go false\n",
});

row({ name: "lseek_go", command: go("file_calls", "seek", file), expected: `6 ${content.slice(6)}` });

row({ name: "faccessat_go", command: go("file_calls", "access", file), expected: "<nil> true\n" });

row({ name: "test_issue2614", command: go("file_calls", "create"), expected: "-rw----r-- true\n" });

row({ name: "test_issue1899", command: rust("file_calls", "opendir", directory), expected: "true\n" });

row({
  name: "test_issue2001",
  command: rust("file_calls", "readdir", directory),
  expected: ". .. alpha below beta gamma\n",
});

row({
  name: "test_issue2178",
  command: c("scattered_read", file),
  expected: `readv ${size} [hello] [ fr] [om the target\n]\npreadv ${size - 6} [from ] [the] [ target\n]\n`,
});

row({
  name: "test_issue2204",
  command: rust("file_calls", "statx", file),
  expected: `[(${0o100640}, ${size}), (${0o100640}, ${size})]\n`,
});

row({
  name: "readlink",
  command: c("link_target", link),
  expected: `${file.length} ${file}\n4 ${file.slice(0, 4)}\n`,
});

row({ name: "statfs", command: c("filesystem_facts", file), expected: `0 ${tmpfs} 4096 255\n0 1\n` });

row({
  name: "node_close",
  command: node("read_file", file),
  expected: `${content.trim()} 0\n${size} 100640 ${modifiedSeconds * 1000} true false\n`,
});

row({ name: "node_spawn", command: node("spawn_shell", file), expected: content });
