import assert from "node:assert/strict";
import { openDisplay, type ProgressMode, progressMode } from "./modes.ts";
import { startProgress } from "./progress.ts";
import { type Recorder, recorder } from "./testing/recorder.ts";
import { printable } from "./terminal.ts";

interface Streams {
  stdout: Recorder;
  stderr: Recorder;
}

/** One session's progress in a mode. */
function show(mode: ProgressMode, streams: Streams, forIde = false): void {
  const display = openDisplay(mode, { ...streams, forIde });
  {
    using root = startProgress(display, "mirrord exec");
    const first = root.subtask("creating agent");
    first.subtask("pulling image").success();
    first.info("image is here");
    first.success("agent created");
    root.warning("beware");
    using _left = root.subtask("left alone");
    display.ideMessage?.({ id: "multipod_warning", level: "Warning", text: "t", actions: [] });
  }
  display.close();
}

const plainStreams = (): Streams => ({ stdout: recorder(), stderr: recorder() });

Deno.test("json prints one object a line on stdout, with the names and order that extensions know", () => {
  const streams = plainStreams();
  show("json", streams);
  assert.deepEqual(streams.stdout.text.trimEnd().split("\n"), [
    '{"type":"NewTask","name":"mirrord exec","parent":null}',
    '{"type":"NewTask","name":"creating agent","parent":"mirrord exec"}',
    '{"type":"NewTask","name":"pulling image","parent":"creating agent"}',
    '{"type":"FinishedTask","name":"pulling image","success":true,"message":null}',
    '{"type":"Info","message":"image is here"}',
    '{"type":"FinishedTask","name":"creating agent","success":true,"message":"agent created"}',
    '{"type":"Warning","message":"beware"}',
    '{"type":"NewTask","name":"left alone","parent":"mirrord exec"}',
    '{"type":"FinishedTask","name":"left alone","success":false,"message":null}',
    '{"type":"FinishedTask","name":"mirrord exec","success":false,"message":null}',
  ]);
  assert.equal(streams.stderr.text, "");
});

Deno.test("json prints messages for IDEs only when an IDE listens", () => {
  const streams = plainStreams();
  show("json", streams, true);
  const messages = streams.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(messages.find((message) => message.type === "IdeMessage"), {
    type: "IdeMessage",
    message: { id: "multipod_warning", level: "Warning", text: "t", actions: [] },
  });
});

const plainText = [
  "mirrord exec",
  "creating agent",
  "pulling image",
  "image is here",
  "agent created",
  "beware",
  "left alone",
  "failed: left alone",
  "failed: mirrord exec",
  "",
].join("\n");

Deno.test("simple prints plain lines on stdout", () => {
  const streams = plainStreams();
  show("simple", streams);
  assert.equal(streams.stdout.text, plainText);
  assert.equal(streams.stderr.text, "");
});

Deno.test("std prints plain lines on stderr when that is no terminal", () => {
  const streams = plainStreams();
  show("std", streams);
  assert.equal(streams.stderr.text, plainText);
  assert.equal(streams.stdout.text, "");
});

Deno.test("std draws the tree on a terminal", () => {
  const streams = { stdout: recorder(), stderr: recorder({ isTerminal: true }) };
  show("std", streams);
  assert.deepEqual(streams.stderr.screen(), [
    "x mirrord exec",
    "  ✓ agent created",
    "    ✓ pulling image",
    "    * image is here",
    "  ! beware",
    "  x left alone",
  ]);
  assert.equal(streams.stdout.text, "");
});

Deno.test("std spins while a task is open, and stops when it is closed", async () => {
  const stderr = recorder({ isTerminal: true });
  const display = openDisplay("std", { stderr });
  const root = startProgress(display, "waiting");
  const before = stderr.text.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(stderr.text.length > before);
  root.success("done");
  display.close();
  const after = stderr.text.length;
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(stderr.text.length, after);
  assert.deepEqual(stderr.screen(), ["✓ done"]);
});

Deno.test("std redraws only what fits, and shows everything in full at the end", () => {
  const stderr = recorder({ isTerminal: true, columns: 20, rows: 4 });
  const display = openDisplay("std", { stderr });
  using root = startProgress(display, "root");
  for (let index = 0; index < 6; index++) root.subtask(`step ${index}`).success();
  root.warning("a warning that is longer than the terminal is wide");
  assert.equal(stderr.screen().at(-1), "  ! a warning that…");
  root.success();
  display.close();
  assert.deepEqual(stderr.screen().slice(-8), [
    "✓ root",
    ...Array.from({ length: 6 }, (_, index) => `  ✓ step ${index}`),
    "  ! a warning that is longer than the terminal is wide",
  ]);
});

Deno.test("off prints nothing", () => {
  const streams = { stdout: recorder({ isTerminal: true }), stderr: recorder({ isTerminal: true }) };
  show("off", streams);
  assert.equal(streams.stdout.text + streams.stderr.text, "");
});

Deno.test("progressMode() knows the words and falls back", () => {
  const words = ["std", "standard", "dumb", "simple", "json", "off", "JSON", "nonsense", undefined];
  const modes = words.map((word) => progressMode(word, "std"));
  assert.deepEqual(modes, ["std", "std", "simple", "simple", "json", "off", "json", "std", "std"]);
  assert.equal(progressMode(undefined, "json"), "json");
});

Deno.test("a task is finished once: later words change nothing", () => {
  const stdout = recorder();
  const root = startProgress(openDisplay("json", { stdout }), "x");
  root.success("good");
  root.failure("bad");
  root[Symbol.dispose]();
  assert.equal(stdout.text.match(/FinishedTask/g)!.length, 1);
});

Deno.test("text from elsewhere cannot control the terminal", () => {
  assert.equal(printable("a\x1b[2Jb\rc\td\ne\x9b"), "a\ufffd[2Jb\ufffdc\td\ne\ufffd");
});
