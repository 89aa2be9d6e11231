/** Who the session belongs to, as others read it. */

/** `user@host`, of the current user and machine. */
export function holderName(env: (name: string) => string | undefined): string {
  const user = env("USER") || env("LOGNAME") || passwdName(Deno.uid() ?? 0) || `uid-${Deno.uid()}`;
  return `${user}@${Deno.hostname()}`;
}

function passwdName(uid: number): string | undefined {
  try {
    const lines = Deno.readTextFileSync("/etc/passwd").split("\n");
    return lines.map((line) => line.split(":")).find((fields) => fields[2] === String(uid))?.[0];
  } catch {
    return undefined;
  }
}
