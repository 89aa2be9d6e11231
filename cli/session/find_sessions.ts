/** The current user's sessions, by their advertisements. What a dead proxy left behind is removed. */
import { MirrordError } from "../error.ts";
import {
  advertisementFolder,
  readLine,
  type SessionInfo,
  type SessionReply,
  type SessionRequest,
  writeLine,
} from "./advertisement.ts";

/** A proxy that lives answers at once; one that does not is not waited for. */
const infoTimeoutMs = 2_000;
const stopTimeoutMs = 15_000;

/** All sessions that live, oldest first. */
export async function findSessions(folder = advertisementFolder()): Promise<SessionInfo[]> {
  const found = await Promise.all(socketsIn(folder).map((path) => infoOf(path)));
  return found.filter((info) => info !== null).sort((one, other) => one.startedMs - other.startedMs);
}

/**
 * Ends a session and waits until it has ended.
 *
 * @param id the whole id or its beginning
 * @throws {MirrordError} when there is not exactly one such session, or it does not end
 */
export async function stopSession(id: string, folder = advertisementFolder()): Promise<SessionInfo> {
  const matching = (await findSessions(folder)).filter((info) => info.id.startsWith(id));
  const help = "List the sessions: mirrord status";
  if (matching.length === 0) throw new MirrordError(`there is no session \`${id}\``, { help });
  if (matching.length > 1) throw new MirrordError(`several sessions begin with \`${id}\``, { help });
  const [info] = matching;
  const reply = await ask(`${folder}/${info!.id}.sock`, { request: "stop" }, stopTimeoutMs);
  if (reply === "gone" || (typeof reply === "object" && "stopped" in reply)) return info!;
  throw new MirrordError(`the session \`${info!.id}\` did not end`, {
    help: `End its internal proxy instead: kill ${info!.proxyPid}`,
  });
}

function socketsIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter((entry) => entry.name.endsWith(".sock"))
      .map((entry) => `${folder}/${entry.name}`);
  } catch {
    return [];
  }
}

async function infoOf(path: string): Promise<SessionInfo | null> {
  const reply = await ask(path, { request: "info" }, infoTimeoutMs);
  if (reply === "gone") await Deno.remove(path).catch(() => {});
  return typeof reply === "object" && "info" in reply ? reply.info : null;
}

/** `gone`: nobody listens there. `silent`: somebody does, and doesn't answer in time or in our language. */
async function ask(
  path: string,
  request: SessionRequest,
  timeoutMs: number,
): Promise<SessionReply | "gone" | "silent"> {
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch {
    return "gone";
  }
  const timer = setTimeout(() => connection.close(), timeoutMs);
  try {
    await writeLine(connection, request);
    const line = await readLine(connection);
    return line === null ? "silent" : JSON.parse(line);
  } catch {
    return "silent";
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // The timer was first.
    }
  }
}
