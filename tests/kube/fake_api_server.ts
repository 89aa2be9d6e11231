/** An API server for tests: real TLS, and answers that the test makes. */
import { CertificateAuthority } from "../cluster/certificates.ts";
import { KubeApi } from "../../cli/kube/api.ts";
import { ApiServer } from "../../cli/kube/api_server.ts";
import type { Credentials } from "../../cli/kube/credentials.ts";

export interface SeenRequest {
  method: string;
  /** With its query, decoded. */
  path: string;
  headers: Headers;
  body: string;
}

export type Answer = (request: SeenRequest, original: Request) => Response | Promise<Response>;

export class FakeApiServer implements AsyncDisposable {
  readonly credentials: Credentials;
  readonly server: ApiServer;
  readonly api: KubeApi;
  readonly #listening: Deno.HttpServer;

  private constructor(readonly seen: SeenRequest[], authority: string, listening: Deno.HttpServer<Deno.NetAddr>) {
    this.#listening = listening;
    this.credentials = {
      server: `https://localhost:${listening.addr.port}`,
      namespace: "here",
      context: "test",
      authority,
      clientCertificate: null,
      headers: { Authorization: "Bearer t0ken" },
      nodeOptions: null,
    };
    this.server = new ApiServer(() => Promise.resolve(this.credentials));
    this.api = new KubeApi(this.server);
  }

  /** Answers with `answer` until it is disposed of. */
  static async start(answer: Answer): Promise<FakeApiServer> {
    const authority = await CertificateAuthority.create("fake");
    const { certificate: cert, key } = await authority.sign({ name: "localhost", hosts: { names: ["localhost"] } });
    const seen: SeenRequest[] = [];
    const listening = Deno.serve({ port: 0, hostname: "localhost", cert, key, onListen: () => {} }, async (request) => {
      const url = new URL(request.url);
      const path = decodeURIComponent(url.pathname + url.search);
      const entry = { method: request.method, path, headers: new Headers(request.headers), body: await request.text() };
      seen.push(entry);
      return await answer(entry, request);
    });
    return new FakeApiServer(seen, authority.certificate, listening);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    await this.#listening.shutdown();
  }
}

export function json(content: unknown, status = 200): Response {
  return Response.json(content, { status });
}

/** A refusal as Kubernetes words it. */
export function status(code: number, reason: string, message: string): Response {
  return json({ kind: "Status", status: "Failure", reason, message, code }, code);
}
