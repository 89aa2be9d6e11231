"""A server that connects to itself: it stays inside. Argument: the port."""
import socket, sys

with socket.create_server(("0.0.0.0", int(sys.argv[1]))) as listener:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5) as client:
        accepted, peer = listener.accept()
        client.sendall(b"to myself")
        print(accepted.recv(100).decode(), peer == client.getsockname())
