/** Rows about changing files, in write mode. */
import { target } from "../e2e/target/scene.ts";
import { c, go, node, rust, shell } from "./programs.ts";
import { row } from "./row.ts";

const { file, content } = target;
const config = { feature: { fs: "write" } };

row({ name: "pwrite", command: rust("file_calls", "pwrite", "/srv/written"), config, expected: "abc3456789 10\n" });

row({ name: "write_go", command: go("file_calls", "write", "/srv/written"), config, expected: "written by Go\n" });

row({
  name: "mkdir_rmdir",
  command: c("made_directories", "/srv"),
  config,
  expected: [
    ...[
      "mkdir 0 untouched",
      "mkdir-again -1 EEXIST",
      "mkdirat 0 untouched",
      "rmdir-full -1 39",
      "unlinkat 0 untouched",
    ],
    ...["rmdir 0 untouched", "rmdir-missing -1 ENOENT", ""],
  ].join("\n"),
});

row({
  name: "test_issue3456",
  command: node("rename_file", "/srv/old", "/srv/new", "local-old", "local-new"),
  config,
  expected: "false moved\nfalse moved\n",
});

row({
  name: "node_copyfile",
  command: node("copy_file", file, "/srv/copy"),
  config,
  expected: `${content.trim()} 640\nEEXIST\n`,
});

row({
  name: "bash_file_exists, bash_file_read, bash_file_write",
  command: shell(`
    [ -f ${file} ] && [ ! -e ${file}.missing ] && echo exists
    read -r line < ${file}; echo "$line"
    cat < ${file}
    echo written > /srv/by-bash; echo more >> /srv/by-bash; cat /srv/by-bash; rm /srv/by-bash
  `),
  config,
  expected: `exists\n${content.trim()}\n${content}written\nmore\n`,
});

row({ name: "Go's os.Rename", command: go("file_calls", "rename", file), config, expected: "true true\n" });

row({ name: "Go's os.Hostname", command: go("file_calls", "hostname"), expected: "e2e-target\n" });
