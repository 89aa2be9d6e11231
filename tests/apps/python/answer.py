"""An HTTP server that answers every request with its second argument and the client's address. Arguments: port, word."""
import http.server, sys

port, word = int(sys.argv[1]), sys.argv[2]
seen = open(sys.argv[3], "a", buffering=1) if len(sys.argv) > 3 else None

class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if seen: seen.write(f"{self.client_address[0]}:{self.client_address[1]} {self.path}\n")
        body = word.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

server = Server(("0.0.0.0", port), Answer)
print("listening", flush=True)
server.serve_forever()
