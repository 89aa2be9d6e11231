import assert from "node:assert/strict";
import { CertificateAuthority } from "../../tests/cluster/certificates.ts";
import { MirrordError } from "../error.ts";
import { expandPath, findCredentials, type KubeconfigOptions } from "./kubeconfig.ts";
import { loadWithLibrary } from "./library_kubeconfig.ts";
import { readPlain } from "./plain_kubeconfig.ts";

type Entry = Record<string, unknown>;

/** A kubeconfig of one cluster and one user in a folder of its own. */
class Kubeconfig implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async write(cluster: Entry, user: Entry, context: Entry = {}): Promise<Kubeconfig> {
    const made = new Kubeconfig(await Deno.makeTempDir({ prefix: "mirrord-kubeconfig-" }));
    await made.put(
      "config",
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "one",
        clusters: [{ name: "c", cluster: { server: "https://api.example:6443/", ...cluster } }],
        users: [{ name: "u", user }],
        contexts: [
          { name: "one", context: { cluster: "c", user: "u", namespace: "shop", ...context } },
          { name: "two", context: { cluster: "c", user: "u" } },
        ],
      }),
    );
    return made;
  }

  get path(): string {
    return `${this.folder}/config`;
  }

  async put(name: string, text: string, mode = 0o600): Promise<string> {
    await Deno.writeTextFile(`${this.folder}/${name}`, text, { mode });
    return `${this.folder}/${name}`;
  }

  options(further: Partial<KubeconfigOptions> = {}): KubeconfigOptions {
    const { path } = this;
    return { path, context: null, acceptInvalidCertificates: null, useProxy: false, home: "/nowhere", ...further };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const base64 = (text: string) => new TextEncoder().encode(text).toBase64();
const authority = await CertificateAuthority.create("oracle");
const pair = await authority.sign({ name: "me" });

/** Everything a plain kubeconfig may hold; files are made by the test. */
const plainCases: Record<string, { cluster: Entry; user: Entry }> = {
  "certificates inside": {
    cluster: { "certificate-authority-data": base64(authority.certificate) },
    user: { "client-certificate-data": base64(pair.certificate), "client-key-data": base64(pair.key) },
  },
  "certificates in files beside it": {
    cluster: { "certificate-authority": "ca.pem" },
    user: { "client-certificate": "me.pem", "client-key": "me.key" },
  },
  "a token": { cluster: {}, user: { token: "s3cret" } },
  "nothing but an address": { cluster: {}, user: {} },
};

for (const [what, { cluster, user }] of Object.entries(plainCases)) {
  Deno.test(`a kubeconfig with ${what} is read as the library reads it`, async () => {
    await using made = await Kubeconfig.write(cluster, user);
    await made.put("ca.pem", authority.certificate);
    await made.put("me.pem", pair.certificate);
    await made.put("me.key", pair.key);
    for (const context of [null, "two"]) {
      const plain = await readPlain(made.path, context);
      assert.deepEqual(plain, await loadWithLibrary(made.options({ context }))());
      assert.equal(plain?.namespace, context === null ? "shop" : "default");
    }
  });
}

Deno.test("a token file is read again at each use", async () => {
  await using made = await Kubeconfig.write({}, { tokenFile: "token" });
  await made.put("token", "first\n");
  const source = await findCredentials(made.options());
  assert.deepEqual((await source()).headers, { Authorization: "Bearer first" });
  await made.put("token", "second\n");
  assert.deepEqual((await source()).headers, { Authorization: "Bearer second" });
});

Deno.test("what is not plain is left to the library", async () => {
  const cases: { cluster: Entry; user: Entry }[] = [
    { cluster: { "insecure-skip-tls-verify": true }, user: {} },
    { cluster: { "proxy-url": "http://p:1" }, user: {} },
    { cluster: { "tls-server-name": "other" }, user: {} },
    { cluster: {}, user: { exec: { command: "x" } } },
    { cluster: {}, user: { "client-certificate-data": base64(pair.certificate) } },
    { cluster: { server: "http://plain.example" }, user: {} },
  ];
  for (const { cluster, user } of cases) {
    await using made = await Kubeconfig.write(cluster, user);
    assert.equal(await readPlain(made.path, null), null, JSON.stringify({ cluster, user }));
  }
  await using made = await Kubeconfig.write({}, {});
  assert.equal(await readPlain(made.path, "three"), null);
  assert.equal(await readPlain(`${made.path}-gone`, null), null);
});

Deno.test("a server that is not verified, has another name or a proxy before it is reached by node", async () => {
  for (
    const cluster of [{ "insecure-skip-tls-verify": true }, { "tls-server-name": "x" }, { "proxy-url": "http://p:1" }]
  ) {
    await using made = await Kubeconfig.write(cluster, {});
    const { nodeOptions } = await (await findCredentials(made.options()))();
    assert.notEqual(nodeOptions, null, JSON.stringify(cluster));
  }
  await using made = await Kubeconfig.write({}, {});
  const accepting = await findCredentials(made.options({ acceptInvalidCertificates: true }));
  assert.equal((await accepting()).nodeOptions?.rejectUnauthorized, false);
  await using insecure = await Kubeconfig.write({ "insecure-skip-tls-verify": true }, {});
  const strict = await findCredentials(insecure.options({ acceptInvalidCertificates: false }));
  assert.equal((await strict()).nodeOptions, null, "-c=false verifies although the kubeconfig does not");
});

const credential = (token: string) =>
  JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } });
const plugin = (command: string) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" },
});

Deno.test("a plugin signs in", async () => {
  await using made = await Kubeconfig.write({}, {});
  const command = await made.put("plugin", `#!/bin/sh\necho '${credential("from-plugin")}'\n`, 0o755);
  await using config = await Kubeconfig.write({}, plugin(command));
  const { headers, nodeOptions } = await (await findCredentials(config.options()))();
  assert.deepEqual(headers, { Authorization: "Bearer from-plugin" });
  assert.equal(nodeOptions, null);
});

Deno.test("a plugin that fails, or isn't there, is told with what to look at", async () => {
  for (const command of ["/bin/false", "no-such-plugin-anywhere"]) {
    await using made = await Kubeconfig.write({}, plugin(command));
    const source = await findCredentials(made.options());
    await assert.rejects(source(), (error: MirrordError) => {
      assert.ok(error instanceof MirrordError);
      assert.equal(error.message, "the kubeconfig's way to sign in failed");
      assert.match(error.help ?? "", /PATH/);
      return true;
    });
  }
});

Deno.test("no kubeconfig, and a context that it lacks, are told", async () => {
  await using made = await Kubeconfig.write({}, {});
  await assert.rejects(findCredentials(made.options({ context: "three" })), (error: MirrordError) => {
    assert.match((error.cause as Error).message, /no context three/);
    return true;
  });
  await assert.rejects(findCredentials(made.options({ path: "/nowhere/config" })), /no usable kubeconfig/);
});

Deno.test("paths may begin with ~ and hold variables", () => {
  Deno.env.set("MIRRORD_TEST_FOLDER", "/somewhere");
  assert.equal(expandPath("~/k", "/home/me"), "/home/me/k");
  assert.equal(expandPath("$MIRRORD_TEST_FOLDER/a${MIRRORD_TEST_FOLDER}", "/h"), "/somewhere/a/somewhere");
  assert.equal(expandPath("/a~b", "/h"), "/a~b");
  Deno.env.delete("MIRRORD_TEST_FOLDER");
});
