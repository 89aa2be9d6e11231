"""Prints, as one JSON object, what a program sees of its surroundings, and writes a file.

Arguments: variable, file, new file, directory, host name, port. The variable VISIT_WITH chooses how the service is asked:
urllib, requests or asyncio.
"""
import asyncio, json, os, socket, sys, urllib.request

variable, file, new_file, folder, name, port = sys.argv[1:7]
url = f"http://{name}:{port}/"

def write():
    with open(new_file, "w") as f: f.write("written by a program\n")
    return "ok"

def by_urllib():
    return urllib.request.urlopen(url, timeout=10).read().decode()

def by_requests():
    import requests
    return requests.get(url, timeout=10).text

def by_asyncio():
    async def ask():
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(b"GET / HTTP/1.0\r\nHost: service\r\n\r\n")
        answer = (await reader.read()).decode()
        writer.close()
        return answer.split("\r\n\r\n", 1)[1]
    return asyncio.run(asyncio.wait_for(ask(), 10))

def resolve_by_asyncio():
    async def ask():
        found = await asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET)
        return found[0][4][0]
    return asyncio.run(ask())

way = os.environ.get("VISIT_WITH", "urllib")
cells = {
    "env": lambda: os.environ[variable],
    "read": lambda: open(file).read(),
    "write": write,
    "list": lambda: sorted(os.listdir(folder)),
    "resolve": resolve_by_asyncio if way == "asyncio" else lambda: socket.gethostbyname(name),
    "connect": {"urllib": by_urllib, "requests": by_requests, "asyncio": by_asyncio}[way],
}

def told(see):
    try:
        return see()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

print(json.dumps({cell: told(see) for cell, see in cells.items()}))
