/**
 * Finds the user's kubeconfig. Most hold nothing but certificates and tokens and are read here, in a few milliseconds; all
 * others are read by the Kubernetes library, which takes a tenth of a second to load.
 */
import { MirrordError } from "../error.ts";
import type { CredentialSource } from "./credentials.ts";
import { proxyFor } from "./proxy_environment.ts";
import { readPlain } from "./plain_kubeconfig.ts";

export interface KubeconfigOptions {
  /** `kubeconfig` of the configuration; null for the usual places. */
  path: string | null;
  /** Null for the current one. */
  context: string | null;
  /** Overrides `insecure-skip-tls-verify`; null leaves it. */
  acceptInvalidCertificates: boolean | null;
  /** Whether `HTTPS_PROXY` and its like are heeded. */
  useProxy: boolean;
  home: string;
}

/** @throws {MirrordError} when there is none, or it cannot be read */
export async function findCredentials(options: KubeconfigOptions): Promise<CredentialSource> {
  const path = singlePath(options);
  if (path !== null && options.acceptInvalidCertificates !== true) {
    const found = await readPlain(path, options.context);
    const proxy = options.useProxy && found !== null ? proxyFor(new URL(found.server).hostname) : null;
    if (found !== null && proxy === null) return () => readPlainAgain(path, options);
  }
  return await libraryCredentials(options);
}

/** The one file to read, or null when several are to be merged or there is none. */
function singlePath({ path, home }: KubeconfigOptions): string | null {
  if (path !== null) return expandPath(path, home);
  const variable = Deno.env.get("KUBECONFIG") ?? "";
  const paths = variable.split(":").filter((part) => part !== "");
  if (paths.length > 1) return null;
  return paths[0] ?? `${home}/.kube/config`;
}

/** `~` and `$VARIABLE` in a path. */
export function expandPath(path: string, home: string): string {
  return path.replace(/^~(?=\/|$)/, home)
    .replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, plain) => Deno.env.get(braced ?? plain) ?? "");
}

/** The file may have become one that only the library understands. */
async function readPlainAgain(path: string, options: KubeconfigOptions) {
  return await readPlain(path, options.context) ?? await (await libraryCredentials(options))();
}

async function libraryCredentials(options: KubeconfigOptions): Promise<CredentialSource> {
  const { loadWithLibrary } = await import("./library_kubeconfig.ts");
  try {
    const path = options.path === null ? null : expandPath(options.path, options.home);
    return loadWithLibrary({ ...options, path });
  } catch (cause) {
    throw new MirrordError("no usable kubeconfig was found", {
      cause,
      help: "Does `kubectl get pods` work? The file is named by `kubeconfig`, --kubeconfig or KUBECONFIG, and is " +
        "~/.kube/config otherwise.",
    });
  }
}
