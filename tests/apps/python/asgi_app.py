"""An ASGI program that answers every request with a word."""
import asyncio
from answering import answer

word = "local"

async def app(scope, receive, send):
    if scope["type"] != "http": return
    body = (await asyncio.to_thread(answer, word)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
