/** Credentials by the Kubernetes library, which knows every way to sign in. */
import { type Cluster, KubeConfig } from "@kubernetes/client-node";
import { MirrordError } from "../error.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import type { KubeconfigOptions } from "./kubeconfig.ts";
import { proxyFor } from "./proxy_environment.ts";

/** What the library fills in; only what is read here. */
interface HttpsOptions {
  ca?: string | Uint8Array;
  cert?: string | Uint8Array;
  key?: string | Uint8Array;
  headers?: Record<string, string>;
  rejectUnauthorized?: boolean;
  servername?: string;
}

/** @throws whatever the library throws: no file, no such context, a mistake in it */
export function loadWithLibrary(options: KubeconfigOptions): CredentialSource {
  const config = new KubeConfig();
  if (options.path === null) config.loadFromDefault();
  else config.loadFromFile(options.path);
  if (options.context !== null) {
    if (config.getContextObject(options.context) === null) throw new Error(`there is no context ${options.context}`);
    config.setCurrentContext(options.context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("it names no current cluster");
  const adjusted = adjust(cluster, options);
  config.clusters = config.clusters.map((known) => known === cluster ? adjusted : known);
  return () => credentialsOf(config, adjusted);
}

/** The cluster with what the command line and the environment say about it. */
function adjust(cluster: Cluster, options: KubeconfigOptions): Cluster {
  const proxy = options.useProxy ? proxyFor(new URL(cluster.server).hostname) : null;
  return {
    ...cluster,
    skipTLSVerify: options.acceptInvalidCertificates ?? cluster.skipTLSVerify ?? false,
    proxyUrl: cluster.proxyUrl ?? proxy ?? undefined,
  };
}

async function credentialsOf(config: KubeConfig, cluster: Cluster): Promise<Credentials> {
  const found: HttpsOptions = {};
  try {
    // Plugins are asked again by the library when what they gave has expired.
    await config.applyToHTTPSOptions(found as Parameters<KubeConfig["applyToHTTPSOptions"]>[0]);
  } catch (cause) {
    throw new MirrordError("the kubeconfig's way to sign in failed", {
      cause,
      help:
        "Does `kubectl get pods` work here? A plugin that is named without its folder must be in PATH; editors often " +
        "have another PATH than the shell.",
    });
  }
  const needsNode = cluster.skipTLSVerify || cluster.proxyUrl || cluster.tlsServerName;
  return {
    server: cluster.server.replace(/\/+$/, ""),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? "default",
    context: config.getCurrentContext(),
    authority: textOf(found.ca),
    clientCertificate: found.cert && found.key ? { certificate: textOf(found.cert)!, key: textOf(found.key)! } : null,
    headers: found.headers ?? {},
    nodeOptions: needsNode ? { ...found } : null,
  };
}

function textOf(value: string | Uint8Array | null | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}
