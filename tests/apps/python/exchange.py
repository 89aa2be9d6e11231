"""Exchanges many bytes with a service while it serves others, line by line. Arguments: host, port, bytes, port to serve.

Each line that a client sends is answered by `answer N`, counted on each connection. What was exchanged is told as lines of
JSON on standard output: {"received": bytes} now and then, at last {"digest": hex, "sent": hex, "confirmed": hex}. Then it serves
until a signal ends it.
"""
import hashlib, json, os, signal, socket, struct, sys, threading

host, port, length, served = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
STEPS = 100

def serve(listener):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=answer, args=(conn,), daemon=True).start()

def answer(conn):
    for number, _ in enumerate(conn.makefile("rb"), 1):
        conn.sendall(b"answer %d\n" % number)

def send(conn, digest):
    block = os.urandom(1 << 20)
    left = length
    while left > 0:
        piece = block[:left]
        conn.sendall(piece)
        digest.update(piece)
        left -= len(piece)

def receive(conn):
    digest, left, told = hashlib.sha256(), length, 0
    while left > 0:
        piece = conn.recv(min(left, 1 << 18))
        if not piece: sys.exit(f"the service's bytes ended {left} too early")
        digest.update(piece)
        left -= len(piece)
        if (length - left) * STEPS // length > told:
            told = (length - left) * STEPS // length
            print(json.dumps({"received": length - left}), flush=True)
    return digest.hexdigest()

listener = socket.create_server(("0.0.0.0", served))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
conn = socket.create_connection((host, port))
conn.sendall(struct.pack("<Q", length))
sent = hashlib.sha256()
sender = threading.Thread(target=send, args=(conn, sent))
sender.start()
received = receive(conn)
sender.join()
confirmed = b""
while len(confirmed) < 32:
    piece = conn.recv(32 - len(confirmed))
    if not piece: sys.exit("the service did not confirm")
    confirmed += piece
print(json.dumps({"digest": received, "sent": sent.hexdigest(), "confirmed": confirmed.hex()}), flush=True)
signal.pause()
