/**
 * A cluster for tests, as far as opening a target needs one: objects that can be read, created, changed, deleted and watched,
 * and a real end of the link behind the port-forward of each running agent.
 */
import { SessionServer, type Tunnel } from "../../protocol/link/mod.ts";
import { FakeApiServer, json, type SeenRequest, status } from "./fake_api_server.ts";

// deno-lint-ignore no-explicit-any -- Kubernetes' objects have their own shapes
export type Any = any;

/** A pod with one container that runs. */
export function runningPod(name: string, changes: { uid?: string; containerId?: string; labels?: object } = {}): Any {
  const { uid = name, containerId = `id-${name}`, labels = {} } = changes;
  const container = { name: "web", ready: true, containerID: `containerd://${containerId}`, state: { running: {} } };
  return {
    metadata: { name, namespace: "shop", uid, labels },
    spec: { nodeName: "node1", containers: [{ name: "web" }] },
    status: { phase: "Running", podIPs: [{ ip: "10.0.0.1" }], containerStatuses: [container] },
  };
}

export class FakeCluster implements AsyncDisposable {
  /** Objects by their paths. */
  readonly objects = new Map<string, Any>();
  /** Called with each Job that is created: what the controller and the kubelet make of it. */
  onJob: (job: Any) => void = (job) => this.startAgent(job);
  /** Whether this user may change Jobs. */
  mayPatchJobs = true;
  /** Refuses every port-forward with this answer. */
  refusal: Response | null = null;
  readonly #watchers = new Set<{ prefix: string; controller: ReadableStreamDefaultController<Uint8Array> }>();
  #server: FakeApiServer | null = null;

  static async start(): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    cluster.#server = await FakeApiServer.start((seen, request) => cluster.#answer(seen, request));
    return cluster;
  }

  get api(): FakeApiServer["api"] {
    return this.#server!.api;
  }

  get credentials(): FakeApiServer["credentials"] {
    return this.#server!.credentials;
  }

  /** A kubeconfig that leads here; its context's namespace is `here`. */
  kubeconfig(): string {
    const { server, authority } = this.credentials;
    const cluster = { server, "certificate-authority-data": new TextEncoder().encode(authority!).toBase64() };
    return JSON.stringify({
      "current-context": "fake",
      clusters: [{ name: "fake", cluster }],
      users: [{ name: "me", user: { token: "t0ken" } }],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "me", namespace: "here" } }],
    });
  }

  /** Requests as `METHOD path`, without their queries. */
  get seen(): string[] {
    return this.#server!.seen.map(({ method, path }) => `${method} ${path.split("?")[0]}`);
  }

  /** How many watch this collection. */
  watching(path: string): number {
    return [...this.#watchers].filter(({ prefix }) => prefix === path).length;
  }

  /** Creates or changes an object, and tells those who watch. */
  put(path: string, object: Any): void {
    this.#tell(path, this.objects.has(path) ? "MODIFIED" : "ADDED", object);
    this.objects.set(path, object);
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    this.objects.delete(path);
    if (object !== undefined) this.#tell(path, "DELETED", object);
  }

  /** The Job's pod, on its node, with an agent that serves. */
  startAgent(job: Any): void {
    const { name } = job.metadata;
    const pod = runningPod(`${name}-pod`, { labels: { "job-name": name } });
    this.put(`/api/v1/namespaces/${job.metadata.namespace}/pods/${name}-pod`, { ...pod, job });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { controller } of this.#watchers) controller.close();
    await this.#server![Symbol.asyncDispose]();
  }

  #answer({ method, path, body }: SeenRequest, request: Request): Response {
    const [place, query = ""] = path.split("?") as [string, string?];
    if (place.endsWith("/portforward")) return this.#forward(place, request);
    if (place.endsWith("/selfsubjectaccessreviews")) return json({ status: { allowed: this.mayPatchJobs } }, 201);
    if (place.endsWith("/log")) return new Response("the agent's last words\n");
    if (query.includes("watch=true")) return this.#watch(place);
    if (method === "POST") return this.#create(place, JSON.parse(body));
    if (method === "DELETE") return this.#delete(place);
    if (method === "PATCH") return json(this.objects.get(place) ?? {});
    const found = this.objects.get(place);
    if (found !== undefined) return json(found);
    return /\/(pods|events)$/.test(place)
      ? json(this.#list(place, query))
      : status(404, "NotFound", `${place} not found`);
  }

  #list(place: string, query: string): { items: Any[]; metadata: object } {
    const selector = query.match(/labelSelector=([^=&]+)=([^&,]+)/);
    const items = [...this.objects].filter(([path]) => path.startsWith(`${place}/`)).map(([, object]) => object)
      .filter(({ metadata }) => selector === null || metadata?.labels?.[selector[1]!] === selector[2]);
    return { items, metadata: { resourceVersion: "1" } };
  }

  #create(place: string, object: Any): Response {
    object.metadata = { ...object.metadata, uid: `uid-${object.metadata.name}`, namespace: place.split("/")[5] };
    this.put(`${place}/${object.metadata.name}`, object);
    this.onJob(object);
    return json(object, 201);
  }

  /** A Job takes its pods with it. */
  #delete(place: string): Response {
    this.remove(place);
    const name = place.split("/").at(-1);
    for (const [path, { metadata }] of this.objects) if (metadata?.labels?.["job-name"] === name) this.remove(path);
    return json({});
  }

  #watch(prefix: string): Response {
    const watcher = { prefix, controller: null as unknown as ReadableStreamDefaultController<Uint8Array> };
    const cancel = () => void this.#watchers.delete(watcher);
    const start = (controller: typeof watcher.controller) => void (watcher.controller = controller);
    this.#watchers.add(watcher);
    return new Response(new ReadableStream<Uint8Array>({ start, cancel }));
  }

  #tell(path: string, type: string, object: Any): void {
    const line = new TextEncoder().encode(JSON.stringify({ type, object }) + "\n");
    for (const { prefix, controller } of this.#watchers) if (path.startsWith(`${prefix}/`)) controller.enqueue(line);
  }

  #forward(place: string, request: Request): Response {
    const pod = this.objects.get(place.slice(0, -"/portforward".length));
    if (this.refusal !== null) return this.refusal.clone();
    if (pod === undefined) return status(404, "NotFound", "no such pod");
    const variables: Any[] = pod.job.spec.template.spec.containers[0].env;
    const hash = variables.find(({ name }) => name === "MIRRORD_AGENT_TOKEN_HASH").value;
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
    const agent = new SessionServer({ tokenHash: Uint8Array.fromHex(hash), onSession: () => {} });
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      socket.send(Uint8Array.of(0, 0, 0));
      agent.accept(socketTunnel(socket));
    };
    return response;
  }
}

/** The server's end of a port-forward's data channel. */
function socketTunnel(socket: WebSocket): Tunnel {
  const arrived: Uint8Array[] = [];
  let wake = () => {};
  let ended = false;
  socket.onmessage = ({ data }) => {
    arrived.push(new Uint8Array(data).subarray(1));
    wake();
  };
  socket.onclose = () => {
    ended = true;
    wake();
  };
  return {
    async read(buffer) {
      while (arrived.length === 0) {
        if (ended) return null;
        await new Promise<void>((resolve) => wake = resolve);
      }
      const piece = arrived[0]!.subarray(0, buffer.length);
      buffer.set(piece);
      arrived[0] = arrived[0]!.subarray(piece.length);
      if (arrived[0].length === 0) arrived.shift();
      return piece.length;
    },
    write(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(Uint8Array.of(0, ...bytes));
      return Promise.resolve();
    },
    close: () => socket.close(),
  };
}
