"""What the isolated target offers beside its servers: echoes over UDP, unix sockets and a high TCP port.

Arguments: address, UDP ports with commas, TCP port on 127.0.0.1, paths of a stream and of a packet socket. Prints `ready`.
"""
import socket, sys, threading

address, udp_ports, tcp_port, stream_path, packet_path = sys.argv[1:]

def echo_datagrams(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, port))
    def serve():
        while True:
            data, peer = server.recvfrom(65536)
            server.sendto(data, peer)
    threading.Thread(target=serve, daemon=True).start()

def echo_connections(server):
    def echo(conn):
        with conn:
            while data := conn.recv(65536):
                conn.send(data)
    def serve():
        while True:
            threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()

def unix_server(kind, path):
    server = socket.socket(socket.AF_UNIX, kind)
    server.bind(path)
    server.listen()
    return server

for port in udp_ports.split(","):
    echo_datagrams(int(port))
echo_connections(socket.create_server(("127.0.0.1", int(tcp_port))))
echo_connections(unix_server(socket.SOCK_STREAM, stream_path))
echo_connections(unix_server(socket.SOCK_SEQPACKET, packet_path))
print("ready", flush=True)
sys.stdin.read()
