// An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen.
const [port, word, seen] = Deno.args as [string, string, string];

Deno.serve({ port: Number(port) }, async () => {
  await Deno.writeTextFile(seen, "a request\n", { append: true });
  return new Response(word);
});
