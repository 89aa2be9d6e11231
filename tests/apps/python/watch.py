"""Watches directories and files given as arguments with inotify, and prints each event: path, what, name."""

import ctypes
import os
import struct
import sys

events = {
    0x2: "modify",
    0x8: "close_write",
    0x40: "moved_from",
    0x80: "moved_to",
    0x100: "create",
    0x200: "delete",
}
libc = ctypes.CDLL(None, use_errno=True)
watcher = libc.inotify_init1(0)
watched = {}
for path in sys.argv[1:]:
    number = libc.inotify_add_watch(watcher, path.encode(), sum(events))
    if number < 0:
        sys.exit(f"{path}: {os.strerror(ctypes.get_errno())}")
    watched[number] = path
print("ready", flush=True)
while True:
    data = os.read(watcher, 65536)
    while data:
        number, mask, _, length = struct.unpack_from("iIII", data)
        name = data[16 : 16 + length].rstrip(b"\0").decode()
        data = data[16 + length :]
        for bit, event in events.items():
            if mask & bit:
                print(watched[number], event, name, flush=True)
