/** A small client of the API server, with the administrator's rights. Only within the cluster's namespaces can it connect. */
import { parse } from "yaml";
import { kubeconfigPath } from "./settings.ts";

/** Any object of Kubernetes. */
export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  // deno-lint-ignore no-explicit-any -- their shapes are Kubernetes' matter
  [key: string]: any;
}

class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export class ClusterApi implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #server: string;

  constructor() {
    const config = parse(Deno.readTextFileSync(kubeconfigPath));
    const { cluster } = config.clusters[0];
    const { user } = config.users[0];
    this.#server = cluster.server;
    this.#client = Deno.createHttpClient({
      caCerts: [atob(cluster["certificate-authority-data"])],
      cert: atob(user["client-certificate-data"]),
      key: atob(user["client-key-data"]),
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /** Returns the parsed answer, or its text if it is not JSON; throws `ApiError` for a status of 400 and above. */
  // deno-lint-ignore no-explicit-any -- see Resource
  async request(method: string, path: string, body?: unknown, contentType = "application/json"): Promise<any> {
    const response = await fetch(`${this.#server}${path}`, {
      method,
      client: this.#client,
      headers: body === undefined ? {} : { "content-type": contentType },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    if (response.status >= 400) {
      throw new ApiError(response.status, `${method} ${path}: ${isJson ? JSON.parse(text).message : text}`);
    }
    return isJson ? JSON.parse(text) : text;
  }

  /** Creates the object, or makes an existing one like it. */
  async apply(resource: Resource): Promise<void> {
    const query = "fieldManager=mirrord-test&force=true";
    await this.request("PATCH", `${objectPath(resource)}?${query}`, resource, "application/apply-patch+yaml");
  }
}

/** The path of an object; plural names of the kinds used here follow one rule. */
function objectPath({ apiVersion, kind, metadata }: Resource): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${group}${scope}/${kind.toLowerCase()}s/${metadata.name}`;
}
