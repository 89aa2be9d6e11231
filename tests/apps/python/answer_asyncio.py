"""An asyncio server that answers every request with its second argument. Arguments: port, word, file for what was seen."""
import asyncio, sys

port, word, seen = int(sys.argv[1]), sys.argv[2], sys.argv[3]

async def answer(reader, writer):
    if await reader.read(4096):
        with open(seen, "a") as file: file.write("a request\n")
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(word)}\r\n\r\n"
        writer.write((head + word).encode())
        await writer.drain()
    writer.close()

async def main():
    async with await asyncio.start_server(answer, "0.0.0.0", port) as server: await server.serve_forever()

asyncio.run(main())
