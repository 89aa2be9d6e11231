import assert from "node:assert/strict";
import { type Answer, FakeApiServer, json, status } from "../../tests/kube/fake_api_server.ts";
import { ApiError } from "./api_error.ts";
import type { KubeApi } from "./api.ts";
import { paths } from "./paths.ts";

const pods = paths.pods("shop");
const pod = (name: string, resourceVersion = "1") => ({ metadata: { name, resourceVersion } });
const list = (items: unknown[], metadata: object = { resourceVersion: "10" }) => json({ items, metadata });

/** A watch's answer: events a line, then the end of the connection. */
function events(...lines: { type: string; object: unknown }[]): Response {
  return new Response(lines.map((line) => JSON.stringify(line) + "\n").join(""));
}

/** The first events of a watch as `TYPE name`, until `count` have come. */
async function firstEvents(api: KubeApi, count: number): Promise<string[]> {
  const found: string[] = [];
  const over = new AbortController();
  for await (const { type, object } of api.watch<ReturnType<typeof pod>>(pods, {}, over.signal)) {
    found.push(`${type} ${object.metadata.name}`);
    if (found.length === count) over.abort();
  }
  return found;
}

Deno.test("a refusal has Kubernetes' status, reason and message", async () => {
  await using server = await FakeApiServer.start(() => status(403, "Forbidden", "pods is forbidden"));
  await assert.rejects(server.api.get(pods), (error: ApiError) => {
    assert.deepEqual([error.status, error.reason, error.message], [403, "Forbidden", "pods is forbidden"]);
    return true;
  });
  assert.equal(server.seen[0]!.headers.get("authorization"), "Bearer t0ken");
});

Deno.test("what is not there is null for `find`, and no error for `delete`", async () => {
  await using server = await FakeApiServer.start(() => status(404, "NotFound", "no"));
  assert.equal(await server.api.find(pods), null);
  await server.api.delete(`${pods}/x`);
  assert.deepEqual(JSON.parse(server.seen[1]!.body), { propagationPolicy: "Background" });
});

Deno.test("a list is read page by page", async () => {
  const pages: Answer = ({ path }) =>
    path.includes("continue=more") ? list([pod("b")]) : list([pod("a")], { continue: "more" });
  await using server = await FakeApiServer.start(pages);
  const found = await server.api.list<ReturnType<typeof pod>>(pods, { labelSelector: "app=a" });
  assert.deepEqual(found.map(({ metadata }) => metadata.name), ["a", "b"]);
  assert.ok(server.seen.every(({ path }) => path.includes("labelSelector=app=a")));
});

Deno.test("a watch tells what is there, then changes, and goes on after the server ended it", async () => {
  let watches = 0;
  await using server = await FakeApiServer.start(({ path }) => {
    if (!path.includes("watch=true")) return list([pod("old")]);
    watches++;
    if (watches === 1) {
      return events({ type: "BOOKMARK", object: pod("", "20") }, { type: "ADDED", object: pod("new", "21") });
    }
    return events({ type: "DELETED", object: pod("old", "22") });
  });
  assert.deepEqual(await firstEvents(server.api, 3), ["ADDED old", "ADDED new", "DELETED old"]);
  const versions = server.seen.map(({ path }) => path.match(/resourceVersion=(\d+)/)?.[1]);
  assert.deepEqual(versions, [undefined, "10", "21"], "each watch begins where the one before has ended");
});

Deno.test("a watch that is too old looks again at what is there", async () => {
  let lists = 0;
  await using server = await FakeApiServer.start(({ path }) => {
    if (path.includes("watch=true")) return events({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    return list([pod(`seen${++lists}`)]);
  });
  assert.deepEqual(await firstEvents(server.api, 2), ["ADDED seen1", "ADDED seen2"]);
});

Deno.test("a watch that is refused rejects", async () => {
  const refuse: Answer = ({ path }) => path.includes("watch=true") ? status(403, "Forbidden", "no watch") : list([]);
  await using server = await FakeApiServer.start(refuse);
  await assert.rejects(firstEvents(server.api, 1), /no watch/);
});

Deno.test("patches say of what kind they are", async () => {
  await using server = await FakeApiServer.start(() => json({}));
  await server.api.merge(pods, { spec: { activeDeadlineSeconds: null } });
  await server.api.strategicMerge(pods, {});
  const kinds = server.seen.map(({ headers }) => headers.get("content-type"));
  assert.deepEqual(kinds, ["application/merge-patch+json", "application/strategic-merge-patch+json"]);
  assert.deepEqual(JSON.parse(server.seen[0]!.body), { spec: { activeDeadlineSeconds: null } });
});
