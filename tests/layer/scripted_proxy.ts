/**
 * An internal proxy whose target is a script: files, names, peers and sources of connections that a test makes up. The
 * layer speaks with the session's own server; what it asked is kept for the test to look at.
 */
import { configWritingOffset, encodeConfigFile } from "../../protocol/layer/config_file.ts";
import type { LayerConfig } from "../../protocol/layer/messages.ts";
import { createLog } from "../../protocol/log.ts";
import type { Infer } from "../../protocol/schema.ts";
import {
  type Layer,
  type LayerRequest,
  LayerServer,
  type RequestBody,
  type RequestKind,
} from "../../cli/intproxy/server.ts";
import type { PathRule } from "./path_rules.ts";
import { type Peer, RemotePeers } from "./remote_peers.ts";
import { type RemoteNode, RemoteTree } from "./remote_tree.ts";
import { answerOf, type ScriptedParts } from "./scripted_answers.ts";
import { type LayerFiles, scriptedConfig } from "./scripted_config.ts";
import { type NameScript, ScriptedNames } from "./scripted_names.ts";
import { ScriptedSockets, type SocketScript } from "./scripted_sockets.ts";

export interface Script extends NameScript, SocketScript {
  files?: Record<string, RemoteNode>;
  /** `ip:port` → what happens to who connects there; nobody listens elsewhere. */
  peers?: Record<string, Peer>;
  decisions?: ScriptedParts["decisions"];
  /** Paths beside the usual local ones. */
  rules?: PathRule[];
  config?: Partial<Infer<typeof LayerConfig>>;
  /** A file of the target is said to be open for writing. */
  isWriting?: boolean;
}

export class ScriptedProxy {
  /** Every request but `join`, in the order of arrival. */
  readonly requests: LayerRequest[] = [];
  /** Connections that have joined, in order. */
  readonly joins: Layer[] = [];
  /** Most connections at once. */
  mostOpen = 0;
  readonly layerPath: string;
  readonly folder = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "mirrord-layer-test-" });
  readonly #name = `mirrord-test-${crypto.randomUUID()}`;
  readonly #secret = crypto.getRandomValues(new Uint8Array(16));
  readonly #parts: ScriptedParts;
  readonly #server: LayerServer;
  #lives = true;

  constructor(script: Script, layer: LayerFiles) {
    const shadow = `${this.folder}/shadow`;
    Deno.mkdirSync(shadow);
    const config = scriptedConfig(layer, shadow, script.rules, script.config);
    const file = encodeConfigFile(config);
    file[configWritingOffset] = script.isWriting ? 1 : 0;
    Deno.writeFileSync(`${this.folder}/layer.bin`, file);
    this.layerPath = layer.library;
    const peers = new RemotePeers(script.peers ?? {});
    this.#parts = {
      tree: new RemoteTree(script.files ?? {}, shadow),
      names: new ScriptedNames(script),
      peers,
      sockets: new ScriptedSockets(script, peers),
      watched: this.folder,
      decisions: script.decisions ?? {},
    };
    this.#server = this.#serve();
  }

  /** The environment that makes a program part of the session. */
  environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.layerPath,
      MIRRORD_LAYER_INTPROXY_ADDR: `@${this.#name}:${this.#secret.toHex()}`,
      MIRRORD_LAYER_CONFIG: `${this.folder}/layer.bin`,
      MIRRORD_RESOLVED_CONFIG: "e30=",
    };
  }

  /** The bodies of the requests of one kind. */
  asked<Kind extends RequestKind>(kind: Kind): RequestBody<Kind>[] {
    return this.requests.flatMap((request) =>
      kind in request ? [(request as Record<string, unknown>)[kind] as RequestBody<Kind>] : []
    );
  }

  /** Ends every connection at once, as the death of the proxy does. */
  die(): void {
    this.#lives = false;
    this.#server.close();
  }

  async close(): Promise<void> {
    if (this.#lives) this.die();
    await this.#parts.peers.close();
    this.#parts.tree.close();
    Deno.removeSync(this.folder, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #serve(): LayerServer {
    return new LayerServer({
      name: this.#name,
      secret: this.#secret,
      handle: (request, layer) => {
        this.requests.push(request);
        return answerOf(this.#parts, request, layer);
      },
      onJoined: (layer) => this.joins.push(layer),
      onCount: (count) => this.mostOpen = Math.max(this.mostOpen, count),
      log: createLog({ level: "error", json: false, source: "proxy", write: () => {} }),
    });
  }
}
