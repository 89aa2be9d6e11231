"""Answers HTTP with a word while it talks to an echo service. Arguments: host, port of the service, port to serve, word.

Each answer is sent as one piece. Each loss of the connection to the service is told as a line of JSON on standard output,
{"lost": error}, and a new one is made; SIGUSR1 asks for {"exchanges": how many so far}.
"""
import json, signal, socket, sys, threading, time

host, service, served, word = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].encode()
exchanges = 0

def serve(listener):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=answer, args=(conn,), daemon=True).start()

def answer(conn):
    try:
        for line in conn.makefile("rb"):
            if line in (b"\r\n", b"\n"):
                conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(word), word))
    except OSError:
        pass
    finally:
        conn.close()

def tell(**line):
    print(json.dumps(line), flush=True)

def talk():
    global exchanges
    while True:
        try:
            with socket.create_connection((host, service), timeout=5) as conn:
                while True:
                    message = b"%d" % exchanges
                    conn.sendall(message)
                    if conn.recv(100) != message: raise OSError("not what was sent")
                    exchanges += 1
                    time.sleep(0.02)
        except OSError as error:
            tell(lost=str(error))
            time.sleep(0.05)

# Blocked, and waited for: a handler might run too late for the last signal.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
listener = socket.create_server(("0.0.0.0", served))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
threading.Thread(target=talk, daemon=True).start()
while signal.sigwait({signal.SIGUSR1}): tell(exchanges=exchanges)
