import assert from "node:assert/strict";
import { jobFailure } from "./job_failure.ts";

const event = (message: string, reason = "FailedCreate") => ({ metadata: {}, involvedObject: {}, reason, message });

Deno.test("a refusal is told in the cluster's words, with what helps against it", () => {
  const cases: [string, RegExp][] = [
    ['Error creating: pods "a" is forbidden: exceeded quota: tight, requested: pods=1', /quota is used up/],
    ['Error creating: pods "a" is forbidden: violates PodSecurity "baseline:latest": hostPID=true', /pod security/],
    ['Error creating: pods "a" is forbidden: maximum memory usage per Container is 64Mi', /limits resources/],
    ['Error creating: admission webhook "policy.example" denied the request: no', /admission rule/],
  ];
  for (const [message, help] of cases) {
    const failure = jobFailure(event(message));
    assert.equal(failure?.cause, message);
    assert.match(failure?.help ?? "", help);
  }
});

Deno.test("what may pass, and what is no failure, is waited for", () => {
  assert.equal(jobFailure(event("Error creating: connection refused")), null);
  assert.equal(jobFailure(event("forbidden", "SuccessfulCreate")), null);
});
