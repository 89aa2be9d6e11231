/** Reads a kubeconfig that holds nothing but certificates, keys and tokens; anything else is left to the library. */
import type { Credentials } from "./credentials.ts";

type Entry = Record<string, unknown>;

const plainClusterKeys = ["server", "certificate-authority", "certificate-authority-data", "extensions"];
const plainUserKeys = [
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
  "token",
  "tokenFile",
];

/** Null when the file is not there, or when it has a key that is not understood here. */
export async function readPlain(path: string, contextName: string | null): Promise<Credentials | null> {
  try {
    const config = await parseFile(path);
    return config === null ? null : await plainCredentials(config, contextName, folderOf(path));
  } catch {
    // The library reads it once more, and says what is wrong with it.
    return null;
  }
}

async function parseFile(path: string): Promise<Entry | null> {
  const text = await Deno.readTextFile(path);
  const config = text.trimStart().startsWith("{") ? JSON.parse(text) : (await import("yaml")).parse(text);
  return isEntry(config) ? config : null;
}

async function plainCredentials(
  config: Entry,
  contextName: string | null,
  folder: string,
): Promise<Credentials | null> {
  const name = contextName ?? config["current-context"];
  const context = typeof name === "string" ? named(config.contexts, name, "context") : null;
  const cluster = context && named(config.clusters, context.cluster, "cluster");
  const user = context && named(config.users, context.user, "user");
  if (!context || !cluster || !user) return null;
  if (!hasOnly(cluster, plainClusterKeys) || !hasOnly(user, plainUserKeys)) return null;
  const server = textOf(cluster.server);
  if (!server?.startsWith("https://")) return null;
  const certificate = await content(user, "client-certificate", folder);
  const key = await content(user, "client-key", folder);
  if ((certificate === null) !== (key === null)) return null;
  const token = textOf(user.tokenFile) ? await readText(textOf(user.tokenFile)!, folder) : textOf(user.token);
  return {
    server: server.replace(/\/+$/, ""),
    namespace: textOf(context.namespace) ?? "default",
    context: name as string,
    authority: await content(cluster, "certificate-authority", folder),
    clientCertificate: certificate !== null && key !== null ? { certificate, key } : null,
    headers: token ? { Authorization: `Bearer ${token.trim()}` } : {},
    nodeOptions: null,
  };
}

/** `NAME-data` in base64, or the content of the file `NAME`; the former wins. */
async function content(entry: Entry, name: string, folder: string): Promise<string | null> {
  const data = textOf(entry[`${name}-data`]);
  if (data) return new TextDecoder().decode(Uint8Array.fromBase64(data));
  const path = textOf(entry[name]);
  return path ? await readText(path, folder) : null;
}

/** Paths in a kubeconfig are relative to it. */
async function readText(path: string, folder: string): Promise<string> {
  return await Deno.readTextFile(path.startsWith("/") ? path : `${folder}/${path}`);
}

function named(list: unknown, name: unknown, kind: string): Entry | null {
  if (!Array.isArray(list)) return null;
  const found = list.find((entry) => isEntry(entry) && entry.name === name)?.[kind];
  return isEntry(found) ? found : null;
}

function hasOnly(entry: Entry, keys: string[]): boolean {
  return Object.entries(entry).every(([key, value]) => keys.includes(key) || value === null);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, end);
}
