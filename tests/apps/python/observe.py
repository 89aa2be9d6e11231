"""Prints, as one JSON object, what a program sees of its surroundings. Arguments: variable, file, host name, URL."""
import json, os, socket, sys, urllib.request

variable, file, name, url = sys.argv[1:5]
status = os.stat(file)
print(json.dumps({
    "variable": os.environ.get(variable),
    "content": open(file).read(),
    "size": status.st_size,
    "modified": int(status.st_mtime),
    "mode": oct(status.st_mode & 0o7777),
    "host": socket.gethostname(),
    "address": socket.gethostbyname(name),
    "answer": urllib.request.urlopen(url, timeout=10).read().decode(),
}))
