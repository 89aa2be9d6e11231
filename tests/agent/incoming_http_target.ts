/** A web server on all addresses, as a target under load: `incoming_http_target.ts PORT`. Prints a line when it listens. */
const answer = new TextEncoder().encode(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${"y".repeat(1000)}`);
const HEAD_END = "\r\n\r\n";

/** Answers each request once its body is there. */
async function serve(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  try {
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
      for (let end = requestEnd(text); end > 0 && end <= text.length; end = requestEnd(text)) {
        text = text.slice(end);
        await connection.write(answer);
      }
    }
  } catch {
    // The client reset the connection.
  }
  connection.close();
}

/** Where the first request ends; 0 while its head is incomplete. */
function requestEnd(text: string): number {
  const head = text.indexOf(HEAD_END);
  if (head < 0) return 0;
  return head + HEAD_END.length + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
}

const listener = Deno.listen({ hostname: "::", port: Number(Deno.args[0]) });
console.log(JSON.stringify({ result: "listening" }));
for await (const connection of listener) void serve(connection);
