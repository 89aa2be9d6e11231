"""Listens on a port of this machine, and says so. Argument: the port."""
import socket, sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print("listening on", listener.getsockname()[1], flush=True)
    listener.settimeout(1)
    try:
        listener.accept()
        print("somebody came")
    except TimeoutError:
        print("nobody came")
