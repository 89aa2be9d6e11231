/**
 * Container images made without a container engine: one tar that is at once an OCI layout (`ctr import`, `podman load`) and a
 * docker archive (`docker load`).
 */
import { createHash } from "node:crypto";
import { pack as tarPack } from "tar-stream";

/** A file, folder or link of the image. */
export interface ImageEntry {
  name: string;
  mode: number;
  content?: Uint8Array;
  link?: string;
  /** Owner and time of modification; root and the epoch unless given. */
  uid?: number;
  gid?: number;
  modified?: Date;
}

/** `reference` like `name:tag`; `entrypoint` and `env` (beside `PATH`) as in an image's configuration. */
export interface ImageOptions {
  reference: string;
  entrypoint: string[];
  env?: string[];
  entries: ImageEntry[];
}

/** Fixed, so that the same contents make the same image. */
const epoch = new Date(0);
const architecture = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Returns the bytes of the tar. */
export async function buildImage(options: ImageOptions): Promise<Uint8Array> {
  const layer = await tar(options.entries);
  const layerDigest = sha256(layer);
  const config = json({
    architecture,
    os: "linux",
    created: epoch.toISOString(),
    config: { Entrypoint: options.entrypoint, Env: ["PATH=/usr/bin:/bin", ...options.env ?? []], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: epoch.toISOString(), created_by: "mirrord build" }],
  });
  const configDigest = sha256(config);
  const manifest = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: descriptor("application/vnd.oci.image.config.v1+json", config, configDigest),
    layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer, layerDigest)],
  });
  const manifestDigest = sha256(manifest);
  const blob = (digest: string, content: Uint8Array) => ({ name: `blobs/sha256/${digest}`, mode: 0o644, content });
  return await tar([
    { name: "oci-layout", mode: 0o644, content: json({ imageLayoutVersion: "1.0.0" }) },
    { name: "index.json", mode: 0o644, content: ociIndex(options.reference, manifest, manifestDigest) },
    { name: "manifest.json", mode: 0o644, content: dockerManifest(options.reference, configDigest, layerDigest) },
    blob(configDigest, config),
    blob(manifestDigest, manifest),
    blob(layerDigest, layer),
  ]);
}

function descriptor(mediaType: string, content: Uint8Array, digest: string) {
  return { mediaType, digest: `sha256:${digest}`, size: content.length };
}

function ociIndex(reference: string, manifest: Uint8Array, digest: string): Uint8Array {
  const annotations = {
    "io.containerd.image.name": fullReference(reference),
    "org.opencontainers.image.ref.name": reference.slice(reference.lastIndexOf(":") + 1),
  };
  const entry = {
    ...descriptor("application/vnd.oci.image.manifest.v1+json", manifest, digest),
    annotations,
    platform: { architecture, os: "linux" },
  };
  return json({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [entry] });
}

/** containerd knows images by their full names only; short ones mean docker.io/library, as everywhere. */
function fullReference(reference: string): string {
  const [first, ...rest] = reference.split("/");
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return /[.:]|^localhost$/.test(first!) ? reference : `docker.io/${reference}`;
}

function dockerManifest(reference: string, configDigest: string, layerDigest: string): Uint8Array {
  return json([{
    Config: `blobs/sha256/${configDigest}`,
    RepoTags: [reference],
    Layers: [`blobs/sha256/${layerDigest}`],
  }]);
}

async function tar(entries: ImageEntry[]): Promise<Uint8Array> {
  const archive = tarPack();
  for (const { name, mode, content, link, uid = 0, gid = 0, modified = epoch } of entries) {
    const header = { name, mode, mtime: modified, uid, gid };
    if (link !== undefined) archive.entry({ ...header, type: "symlink", linkname: link });
    else if (content === undefined) archive.entry({ ...header, type: "directory" });
    else archive.entry({ ...header, type: "file", size: content.length }, content as never);
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return concat(chunks);
}

function concat(chunks: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}
