/** The part of the agent's command line that its launcher leaves to it: what people say who start an agent by hand. */
import { StartError } from "./start_error.ts";

export interface Options {
  /** PEM files of the certificate (with its chain) and its private key; null: no TLS. */
  tls: { certFile: string; keyFile: string } | null;
  tokenFile: string | null;
  /** Serve other machines without TLS. */
  insecure: boolean;
  /** Serve until a signal comes, however long nobody is connected. */
  stay: boolean;
}

/** Throws `StartError`. */
export function parseOptions(words: readonly string[]): Options {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  for (let index = 0; index < words.length; index++) {
    const name = words[index]!;
    if (name === "--insecure" || name === "--stay") {
      flags.add(name);
    } else if (name === "--tls-cert" || name === "--tls-key" || name === "--token-file") {
      const value = words[++index];
      if (value === undefined) throw new StartError(`${name} needs the name of a file`);
      values.set(name, value);
    } else {
      throw new StartError(`there is no option ${name}`);
    }
  }
  return {
    tls: tlsFiles(values.get("--tls-cert"), values.get("--tls-key")),
    tokenFile: values.get("--token-file") ?? null,
    insecure: flags.has("--insecure"),
    stay: flags.has("--stay"),
  };
}

function tlsFiles(certFile: string | undefined, keyFile: string | undefined): Options["tls"] {
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined || keyFile === undefined) throw new StartError("--tls-cert and --tls-key go together");
  return { certFile, keyFile };
}
