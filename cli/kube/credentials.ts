/** Where the API server is and who we are to it: what a kubeconfig comes to. */

export interface Credentials {
  /** `https://HOST:PORT`, perhaps with a path. */
  server: string;
  /** The context's namespace. */
  namespace: string;
  /** The context's name, for messages. */
  context: string;
  /** PEM; null for the system's certificates. */
  authority: string | null;
  /** PEM of the client's certificate and key. */
  clientCertificate: { certificate: string; key: string } | null;
  /** Sent with every request: `Authorization`, impersonation. */
  headers: Record<string, string>;
  /**
   * What Deno's own client cannot do (proxies, a server that isn't verified or has another name): options for `node:https`,
   * which can. Null when there is nothing of the kind.
   */
  nodeOptions: Record<string, unknown> | null;
}

/** Gives the credentials as they are now: files are read again, and plugins asked when theirs have expired. */
export type CredentialSource = () => Promise<Credentials>;
