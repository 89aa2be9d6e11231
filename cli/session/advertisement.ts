/**
 * How sessions are found: each has a unix socket in the user's folder, on which its proxy answers lines of JSON,
 * `{"request":"info"}` and `{"request":"stop"}`. The folder is closed to others (0700), and so is the socket (0600).
 */
import { accepted } from "../system/accepted.ts";

export interface SessionInfo {
  /** 16 hex digits, as in `ProxyInput.sessionId`. */
  id: string;
  version: string;
  /** What the session is connected to. */
  target: string;
  /** argv of the program. */
  command: string[];
  /** The pid of the program, and that of the internal proxy. */
  programPid: number;
  proxyPid: number;
  /** Milliseconds since 1970. */
  startedMs: number;
  /** `user@host`. */
  holder: string;
  logPath: string | null;
}

export type SessionRequest = { request: "info" } | { request: "stop" };
export type SessionReply = { info: SessionInfo } | { stopped: true } | { error: string };

export interface Advertisement {
  /** Where others find it. */
  readonly path: string;
  /** Withdraws it; the file is gone afterwards. */
  close(): void;
}

export interface AdvertiseOptions {
  info: SessionInfo | (() => SessionInfo);
  /** Ends the session; the caller is answered when it resolves. */
  onStop: () => Promise<void> | void;
  folder?: string;
}

const lineMax = 64 << 10;

/** Folder of the current user's advertisements: below XDG_RUNTIME_DIR when that is there, else in the home. */
export function advertisementFolder(env: (name: string) => string | undefined = (name) => Deno.env.get(name)): string {
  const runtime = env("XDG_RUNTIME_DIR");
  if (runtime?.startsWith("/") && isFolder(runtime)) return `${runtime}/mirrord`;
  return `${env("HOME") ?? "/tmp"}/.mirrord/sessions`;
}

/** Serves the session's advertisement until it is closed. Throws when the folder cannot be used. */
export function advertise(options: AdvertiseOptions): Advertisement {
  const folder = options.folder ?? advertisementFolder();
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  Deno.chmodSync(folder, 0o700);
  const info = () => typeof options.info === "function" ? options.info() : options.info;
  const path = `${folder}/${info().id}.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  Deno.chmodSync(path, 0o600);
  serve(listener, info, options.onStop);
  let isClosed = false;
  return {
    path,
    close() {
      if (isClosed) return;
      isClosed = true;
      listener.close();
      removeFile(path);
    },
  };
}

/** Removes the advertisement of a session whose proxy was killed. */
export function withdraw(sessionId: string, folder = advertisementFolder()): void {
  removeFile(`${folder}/${sessionId}.sock`);
}

async function serve(listener: Deno.UnixListener, info: () => SessionInfo, onStop: AdvertiseOptions["onStop"]) {
  for await (const connection of accepted(listener)) {
    answer(connection, info, onStop).catch(() => {}).finally(() => closeQuietly(connection));
  }
}

async function answer(connection: Deno.UnixConn, info: () => SessionInfo, onStop: AdvertiseOptions["onStop"]) {
  const line = await readLine(connection);
  if (line === null) return;
  const request = parseRequest(line);
  if (request?.request === "info") return writeLine(connection, { info: info() });
  if (request?.request !== "stop") return writeLine(connection, { error: "the request is info or stop" });
  await onStop();
  await writeLine(connection, { stopped: true });
}

function parseRequest(line: string): SessionRequest | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** One line, or null when the other side ended without one. */
export async function readLine(connection: Deno.Conn): Promise<string | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  while (text.length <= lineMax) {
    const count = await connection.read(buffer);
    if (count === null) return null;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  return null;
}

export async function writeLine(connection: Deno.Conn, value: SessionRequest | SessionReply): Promise<void> {
  let rest = new TextEncoder().encode(JSON.stringify(value) + "\n");
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Somebody else has cleaned up.
  }
}

function closeQuietly(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch {
    // The other side was first.
  }
}
