import assert from "node:assert/strict";
import type { ProxyMessage } from "../session/proxy_messages.ts";
import { asTask, reportedProgress } from "./progress.ts";

Deno.test("tasks are reported with their parents, and end as their work does", async () => {
  const messages: ProxyMessage[] = [];
  const progress = reportedProgress((message) => void messages.push(message));
  await asTask(progress, "outer", async (outer) => {
    outer.info("so far");
    assert.equal(await asTask(outer, "inner", () => Promise.resolve(7)), 7);
    await assert.rejects(asTask(outer, "bad", () => Promise.reject(new Error("no"))), /no/);
  });
  progress.warning("careful");
  assert.deepEqual(messages, [
    { type: "task", id: 1, parent: null, name: "outer" },
    { type: "info", message: "so far" },
    { type: "task", id: 2, parent: 1, name: "inner" },
    { type: "finished", id: 2, success: true, message: null },
    { type: "task", id: 3, parent: 1, name: "bad" },
    { type: "finished", id: 3, success: false, message: null },
    { type: "finished", id: 1, success: true, message: null },
    { type: "warning", message: "careful" },
  ]);
});
