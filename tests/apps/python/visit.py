"""Prints, as one JSON object, what a program sees of its surroundings, and writes a file.

Arguments: variable, file, new file, directory, host name, port. The variable VISIT_WITH chooses how the service is asked:
urllib, requests or asyncio. As a module it offers the same as `visit`.
"""
import asyncio, json, os, socket, sys, urllib.request


def write(new_file):
    with open(new_file, "w") as f: f.write("written by a program\n")
    return "ok"

def read(file):
    with open(file) as f: return f.read()

def by_urllib(name, port):
    return urllib.request.urlopen(f"http://{name}:{port}/", timeout=10).read().decode()

def by_requests(name, port):
    import requests
    return requests.get(f"http://{name}:{port}/", timeout=10).text

def by_asyncio(name, port):
    async def ask():
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(b"GET / HTTP/1.0\r\nHost: service\r\n\r\n")
        answer = (await reader.read()).decode()
        writer.close()
        return answer.split("\r\n\r\n", 1)[1]
    return asyncio.run(asyncio.wait_for(ask(), 10))

def resolve_by_asyncio(name):
    async def ask():
        found = await asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET)
        return found[0][4][0]
    return asyncio.run(ask())

def visit(variable, file, new_file, folder, name, port):
    """What is seen, by cell."""
    way = os.environ.get("VISIT_WITH", "urllib")
    cells = {
        "env": lambda: os.environ[variable],
        "read": lambda: read(file),
        "write": lambda: write(new_file),
        "list": lambda: sorted(os.listdir(folder)),
        "resolve": lambda: resolve_by_asyncio(name) if way == "asyncio" else socket.gethostbyname(name),
        "connect": lambda: {"urllib": by_urllib, "requests": by_requests, "asyncio": by_asyncio}[way](name, port),
    }
    return {cell: told(see) for cell, see in cells.items()}

def told(see):
    try:
        return see()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

if __name__ == "__main__": print(json.dumps(visit(*sys.argv[1:7])))
