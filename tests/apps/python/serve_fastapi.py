"""A web application of FastAPI, for uvicorn: every method is answered with itself and the body, and printed."""
import os
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

app = FastAPI()

@app.api_route("/", methods=["GET", "POST", "PUT", "DELETE"], response_class=PlainTextResponse)
async def answer(request: Request):
    body = (await request.body()).decode()
    print(request.method, body, flush=True)
    return f"{request.method} {body}"

@app.get("/end")
async def end():
    os._exit(0)
