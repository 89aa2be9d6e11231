"""An ASGI program that answers every request with a word."""
import os

word = "local"

async def app(scope, receive, send):
    if scope["type"] != "http": return
    with open(os.environ["SEEN"], "a") as seen: seen.write("a request\n")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": word.encode()})
