import assert from "node:assert/strict";
import { formatTarget, parseTarget, type Target, TargetPathError } from "./target_path.ts";

Deno.test("parseTarget() reads every kind, and formatTarget() writes it back", () => {
  const cases: [string, Target][] = [
    ["targetless", { kind: "targetless" }],
    ["process/1234", { kind: "process", pid: 1234 }],
    ["docker/web-1", { kind: "docker", name: "web-1" }],
    ["podman/web", { kind: "podman", name: "web" }],
    ["pod/x", { kind: "pod", name: "x", container: null }],
    ["pod/x/container/c", { kind: "pod", name: "x", container: "c" }],
    ["deployment/x", { kind: "deployment", name: "x", container: null }],
    ["rollout/x/container/c", { kind: "rollout", name: "x", container: "c" }],
    ["job/x", { kind: "job", name: "x", container: null }],
    ["cronjob/x", { kind: "cronjob", name: "x", container: null }],
    ["statefulset/x", { kind: "statefulset", name: "x", container: null }],
    ["service/x", { kind: "service", name: "x", container: null }],
    ["replicaset/x", { kind: "replicaset", name: "x", container: null }],
  ];
  for (const [path, target] of cases) {
    assert.deepEqual(parseTarget(path), target);
    assert.equal(formatTarget(target), path);
  }
});

Deno.test("parseTarget() knows other spellings", () => {
  assert.deepEqual(parseTarget("deploy/x"), { kind: "deployment", name: "x", container: null });
  assert.deepEqual(parseTarget("deployment/meme-app/main"), {
    kind: "deployment",
    name: "meme-app",
    container: "main",
  });
});

Deno.test("parseTarget() says what was probably meant", () => {
  const hints: [string, string][] = [
    ["bear", "did you mean `pod/bear`?"],
    ["Pod/x", "did you mean `pod/x`?"],
    ["pods/x", "did you mean `pod/x`?"],
    ["cron_job/x", "did you mean `cronjob/x`?"],
    ["thing/x", "`thing` is no kind of target; did you mean `pod/x`?"],
    ["pod/x/y/z", "did you mean `pod/x/container/z`?"],
    ["pod/x/container", "did you mean `pod/x/container/CONTAINER`?"],
    ["pod/", "a name is missing"],
    ["process/x", "`process/1234`"],
    ["process/0", "`process/1234`"],
    ["docker/a/b", "did you mean `docker/a`?"],
  ];
  for (const [path, hint] of hints) {
    assert.throws(() => parseTarget(path), (error: unknown) => {
      assert.ok(error instanceof TargetPathError);
      assert.ok(error.message.includes(hint), error.message);
      assert.ok(error.message.includes("Valid targets: pod/NAME, deployment/NAME"));
      return true;
    });
  }
});
