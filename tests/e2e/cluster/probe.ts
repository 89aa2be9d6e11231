/**
 * Asks an HTTP server again and again, on a connection of its own each time, and prints when which answer came: lines of
 * `MILLISECONDS WORD`. Runs in the node's network as one process, so that a request costs what the network costs. Argument: the
 * address. Ends when its standard input does.
 */

const everyMs = 10;
/** Requests that hang are left hanging; beyond so many none is added. */
const mostAtOnce = 400;
const [hostname] = Deno.args;
let open = 0;

async function ask(): Promise<string> {
  using connection = await Deno.connect({ hostname: hostname!, port: 80 });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.0\r\nHost: probe\r\n\r\n"));
  const buffer = new Uint8Array(4096);
  let text = "";
  for (let n; (n = await connection.read(buffer)) !== null;) text += new TextDecoder().decode(buffer.subarray(0, n));
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  return body.startsWith("{") ? JSON.parse(body).name : body;
}

const timer = setInterval(() => {
  if (open >= mostAtOnce) return;
  open++;
  ask().then((word) => word !== "" && console.log(`${Date.now()} ${word}`), () => {}).finally(() => open--);
}, everyMs);

for await (const _ of Deno.stdin.readable);
clearInterval(timer);
Deno.exit(0);
