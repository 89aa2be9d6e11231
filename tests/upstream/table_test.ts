/** docs/upstream-tests.md: every upstream test has its line, and every line names a test that is there. */
import assert from "node:assert/strict";

const root = new URL("../..", import.meta.url).pathname;

/** The upstream tests of the layer that run on Linux, or could. */
const upstream = `bash_script cor_1401_unix_seqpacket cor_1734_file_mode test_dlopen_cgo test_dns_resolve double_listen
  dup_listen exec_extracts_layer_without_env go_self_open pwrite node_close go_stat go_dir_on_linux go_dir_bypass read_go
  write_go lseek_go faccessat_go filter_ports fork check_ipv6s_hidden_with_config mirroring_with_http ignore_ports
  test_issue1054 test_issue1123 test_issue1458 test_issue1458_port_not_53 test_issue1776 test_issue1776_port_not_53
  test_issue1899 test_issue2001 issue_2055 test_issue2178 test_issue2204 test_issue2283 test_issue2614 test_issue2817
  test_issue2988 test_issue3456 issue4622 test_issue834 test_issue864 listen_ports mkdir_rmdir node_copyfile
  test_node_getaddrinfo_no_name outgoing_udp outgoing_tcp outgoing_tcp_from_the_local_app_broken outgoing_tcp_bound_socket
  outgoing_tcp_high_port port_mapping readlink rebind0 recv_from self_connect skip_based_on_exec_name
  skip_based_on_invocation_name dont_skip node_spawn statfs unix_connect_addrlen`.split(/\s+/);

interface Line {
  name: string;
  ours: string;
}

async function lines(): Promise<Line[]> {
  const text = await Deno.readTextFile(`${root}/docs/upstream-tests.md`);
  const cells = text.split("\n").filter((line) => /^\| [^-]/.test(line)).map((line) => line.split("|"));
  return cells.filter((line) => line[2]!.trim() !== "ours" && line[1]!.trim() !== "upstream").map((line) => ({
    name: line[1]!.trim(),
    ours: line.at(-2)!.trim(),
  }));
}

Deno.test("every upstream test has a line", async () => {
  const names = (await lines()).map(({ name }) => name);
  assert.deepEqual(upstream.filter((name) => !names.includes(name)), []);
});

Deno.test("every test that a line names is there, in both kinds", async () => {
  const missing: string[] = [];
  for (const { name, ours } of await lines()) {
    if (ours.startsWith("waits for ")) continue;
    const [, file, test] = ours.match(/^`([^`]+)`: (.+)$/) ?? [];
    assert.ok(file && test, `${name}: ${ours}`);
    const source = await Deno.readTextFile(`${root}/${file}`);
    const isThere = [`name: "${test}`, `name: \`${test}`, `Deno.test("${test}"`].some((text) => source.includes(text));
    if (!isThere) missing.push(`${name}: ${file} has no ${test}`);
  }
  assert.deepEqual(missing, []);
});

/** What the table may wait for: parts of the product that are issues of their own. */
const laterParts = 1;

Deno.test("what waits is known", async () => {
  const waiting = (await lines()).filter(({ ours }) => ours.startsWith("waits for "));
  assert.equal(waiting.length, laterParts, waiting.map(({ name }) => name).join(" "));
});
