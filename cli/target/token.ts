/** The secret by which an agent knows its clients. */

/** A token nobody can guess. Its bytes are ASCII, so that it can stand in a file or a variable. */
export function makeToken(): Uint8Array {
  return new TextEncoder().encode(crypto.getRandomValues(new Uint8Array(32)).toHex());
}

/** What an agent is given of a token: hex digits of its SHA-256. */
export async function tokenHash(token: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(token));
  return new Uint8Array(digest).toHex();
}

/** A name for something that is made for one session: `prefix-` and ten lower-case letters and digits. */
export function uniqueName(prefix: string): string {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  const picks = crypto.getRandomValues(new Uint8Array(10));
  return `${prefix}-${[...picks].map((pick) => letters[pick % letters.length]).join("")}`;
}
