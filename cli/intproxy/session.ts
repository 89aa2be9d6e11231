/** One session: everything between the layers' socket and the link to the agent, put together. */
import { type Decide, Verdict } from "../rules/decide.ts";
import type { FuseDevice } from "../system/fuse_device.ts";
import type { Poller } from "../system/poller.ts";
import { SocketLookup } from "../system/sock_diag.ts";
import type { AgentLink } from "./agent_link.ts";
import { dispatch, type Parts } from "./dispatch.ts";
import { Dns } from "./dns.ts";
import type { DnsRules } from "./dns_rules.ts";
import { Files } from "./files/files.ts";
import { Shadows } from "./files/shadows.ts";
import { StreamedFiles } from "./files/streaming/streamed_files.ts";
import { Incoming } from "./incoming/incoming.ts";
import type { IncomingRules } from "./incoming/ports.ts";
import type { Log } from "./log.ts";
import type { OutgoingRules } from "./outgoing/decide.ts";
import { Outgoing } from "./outgoing/outgoing.ts";
import { LayerServer } from "./server.ts";
import { type SocketWatch, watchSockets } from "./socket_watch.ts";
import { SessionTable } from "./table.ts";

/** What a session does with each kind of call; from the configuration and what the agent says of its target. */
export interface SessionRules {
  incoming: IncomingRules;
  outgoing: OutgoingRules;
  dns: DnsRules;
  decidePath: Decide;
}

export interface SessionOptions {
  /** Name of the layers' abstract socket, without the leading NUL. */
  socketName: string;
  /** 16 bytes that a layer must show. */
  secret: Uint8Array;
  /** Empty folder for shadow directories. */
  shadowFolder: string;
  /** What large files are served through; null: they are fetched whole. */
  streamedDevice: FuseDevice | null;
  rules: SessionRules;
  link: AgentLink;
  poller: Poller;
  log: Log;
  /** Something the user must know. */
  warn(text: string): void;
  /** A file of the target is open for writing, or none is any more. */
  onWriting(isWriting: boolean): void;
  /** A layer in this process has joined. */
  onJoined(pid: number): void;
  /** The number of connected layers has changed. */
  onLayers(connections: number): void;
}

export class ProxySession {
  readonly #lookup: SocketLookup;
  readonly #shadows: Shadows;
  readonly #server: LayerServer;
  readonly #outgoing: Outgoing;
  readonly #watch: SocketWatch;
  readonly #files: Files;

  constructor(options: SessionOptions) {
    const { link, poller, log, rules, warn } = options;
    const lookup = new SocketLookup();
    const table = new SessionTable();
    this.#lookup = lookup;
    this.#shadows = new Shadows(options.shadowFolder, (identity) => table.forgetFile(identity));
    const incoming = new Incoming({
      link,
      table,
      poller,
      log,
      warn,
      rules: rules.incoming,
      lookForEnded: () => this.#watch.check(),
    });
    const dns = new Dns(link, log, rules.dns);
    const outgoing = new Outgoing({
      link,
      table,
      poller,
      lookup,
      log,
      rules: rules.outgoing,
      ownListener: (port, socketType) => incoming.ownListener(port, socketType),
      names: dns,
    });
    this.#outgoing = outgoing;
    const { streamedDevice } = options;
    const streamed = streamedDevice === null ? null : new StreamedFiles(streamedDevice);
    const files = new Files({
      ...{ link, table, poller, log, warn, streamed, shadows: this.#shadows, onWriting: options.onWriting },
      mayWrite: (path) => rules.decidePath(path, true).verdict === Verdict.remote,
      isTargets: (path) => {
        const { verdict, mapped } = rules.decidePath(path, false);
        return verdict === Verdict.remote && mapped === null;
      },
    });
    this.#files = files;
    const parts: Parts = { files, dns, outgoing, incoming, decidePath: rules.decidePath, log };
    link.onIncoming = (stream, header) => incoming.receive(stream, header);
    link.onRenewed = () => incoming.rearm();
    this.#watch = watchSockets({
      poller,
      lookup,
      log,
      listeners: () => incoming.listeners(),
      onGone: (cookie) => {
        table.forgetSocket(cookie);
        outgoing.socketGone(cookie);
        incoming.socketGone(cookie);
      },
    });
    this.#server = new LayerServer({
      name: options.socketName,
      secret: options.secret,
      handle: (request, layer) => dispatch(parts, request, layer),
      onJoined: ({ pid }) => options.onJoined(pid),
      onCount: options.onLayers,
      log,
    });
  }

  /** Connected layers. */
  get layers(): number {
    return this.#server.count;
  }

  /** Brings to the target what programs have written. */
  async save(): Promise<void> {
    await this.#files.save();
  }

  /** Saves what programs have written, then closes what layers use; the link and the poller are the maker's. */
  async close(): Promise<void> {
    this.#server.close();
    await this.#files.close();
    this.#watch.stop();
    this.#outgoing.close();
    this.#lookup.close();
    this.#shadows.close();
  }
}
