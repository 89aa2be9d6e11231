"""One packet each way over a unix socket that keeps the borders of packets. Argument: its path."""
import socket, sys

with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as packets:
    packets.connect(sys.argv[1])
    packets.send(b"first")
    packets.send(b"second")
    print(packets.recv(100).decode(), packets.recv(100).decode())
