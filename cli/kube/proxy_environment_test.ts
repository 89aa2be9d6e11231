import assert from "node:assert/strict";
import { proxyFor } from "./proxy_environment.ts";

const within = (variables: Record<string, string>) => (host: string) => proxyFor(host, (name) => variables[name]);

Deno.test("the proxy of the environment is used, with a scheme", () => {
  assert.equal(within({})("api.example"), null);
  assert.equal(within({ HTTPS_PROXY: "http://p:1" })("api.example"), "http://p:1");
  assert.equal(within({ https_proxy: "p:1", HTTPS_PROXY: "http://q:1" })("api.example"), "http://p:1");
  assert.equal(within({ all_proxy: "socks5://p:1" })("api.example"), "socks5://p:1");
});

Deno.test("hosts, domains and networks can be exempt", () => {
  const proxy = within({ HTTPS_PROXY: "p:1", NO_PROXY: "api.example, .internal,corp.test,10.0.0.0/8" });
  for (const host of ["api.example", "a.internal", "x.corp.test", "corp.test", "10.200.3.4"]) {
    assert.equal(proxy(host), null, host);
  }
  for (const host of ["other.example", "corp.test.evil", "11.0.0.1", "10.example"]) {
    assert.notEqual(proxy(host), null, host);
  }
  assert.equal(within({ HTTPS_PROXY: "p:1", no_proxy: "*" })("anything"), null);
});
