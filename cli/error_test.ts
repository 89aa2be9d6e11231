import assert from "node:assert/strict";
import { errorLine, errorText, MirrordError } from "./error.ts";

Deno.test("errorText() shows message, causes and help", () => {
  const cause = new Error("connection refused", { cause: new Error("port 6443 is closed") });
  const error = new MirrordError("the cluster cannot be reached", {
    cause,
    help: "Try: kubectl get pods\nThen again.",
  });
  assert.equal(
    errorText(error),
    "Error: the cluster cannot be reached\n" +
      "  because: connection refused\n" +
      "  because: port 6443 is closed\n" +
      "help: Try: kubectl get pods\n  Then again.\n",
  );
});

Deno.test("errorText() has help for every error", () => {
  assert.match(errorText(new TypeError("x is undefined")), /^Error: x is undefined\nhelp: If this looks like a fault/);
  assert.match(errorText("text"), /^Error: text\n/);
});

Deno.test("errorText() paints only when asked", () => {
  assert.ok(!errorText(new Error("x")).includes("\x1b"));
  assert.ok(errorText(new Error("x"), true).startsWith("\x1b[31mError:\x1b[0m x"));
});

Deno.test("errorText() ends with causes that go in circles", () => {
  const error = new Error("a");
  error.cause = error;
  assert.ok(errorText(error).length < 1000);
});

Deno.test("errorLine() is what IDE extensions parse", () => {
  const line = errorLine(new MirrordError("no\nsuch pod", { cause: new Error("404"), help: "look" }));
  assert.equal(line.split("\n").length, 2);
  const parsed = JSON.parse(/^Error: (.*)$/m.exec(line)![1]!);
  assert.equal(parsed.message, "no\nsuch pod: 404");
  assert.equal(parsed.help, "look");
});
