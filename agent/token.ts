/** The token that clients must know; the agent keeps only its SHA-256. */
import { StartError } from "./start_error.ts";

const hashPattern = /^[0-9a-f]{64}$/i;

/**
 * From the file, else from `MIRRORD_AGENT_TOKEN` (both hold the token's text), else from `MIRRORD_AGENT_TOKEN_HASH` (hex
 * digits of the SHA-256, for whoever starts the agent where others can read its variables). White space around it is no
 * part of the token. Throws `StartError`.
 */
export async function readTokenHash(
  variable: (name: string) => string | undefined,
  file: string | null,
): Promise<Uint8Array> {
  if (file !== null) return await hashOf(await readFile(file), file);
  const token = variable("MIRRORD_AGENT_TOKEN");
  if (token !== undefined) return await hashOf(token, "MIRRORD_AGENT_TOKEN");
  const hash = variable("MIRRORD_AGENT_TOKEN_HASH");
  if (hash === undefined) {
    throw new StartError("the token is missing: name its file with --token-file, or set MIRRORD_AGENT_TOKEN");
  }
  if (!hashPattern.test(hash)) throw new StartError("MIRRORD_AGENT_TOKEN_HASH is not the SHA-256 of a token in hex");
  return Uint8Array.fromHex(hash);
}

async function readFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new StartError(`the token cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

async function hashOf(text: string, source: string): Promise<Uint8Array> {
  const token = text.trim();
  if (token === "") throw new StartError(`the token in ${source} is empty`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}
