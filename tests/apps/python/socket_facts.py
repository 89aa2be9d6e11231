"""What the calls about sockets answer, line by line, for comparison. Arguments: the target's address, a port that sends
back what it gets, one where nobody listens, a UDP port that answers, and an address without a route."""
import ctypes, errno, os, select, socket, struct, subprocess, sys

host, echo, refused, answers, nowhere = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]


def say(name, act):
    try:
        result = act()
    except OSError as error:
        result = errno.errorcode.get(error.errno, str(error))
    print(f"{name}: {result}", flush=True)


def tcp(family=socket.AF_INET, blocking=True):
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(blocking)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 10, 0))
    return made


def udp(family=socket.AF_INET):
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.settimeout(5)
    return made


def talk(s, word=b"word"):
    s.sendall(word)
    got = b""
    while len(got) < len(word):
        got += s.recv(len(word) - len(got))
    return got


def events(s, wanted=select.POLLIN | select.POLLOUT, limit_ms=5000):
    poller = select.poll()
    poller.register(s, wanted)
    found = poller.poll(limit_ms)
    return found[0][1] if found else 0


def error_of(s):
    return errno.errorcode.get(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)


def libc(name, s, address):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(s.fileno(), address, len(address)) != 0:
        raise OSError(ctypes.get_errno(), "")
    return 0


# A connection that fails later.
s = tcp(blocking=False)
say("connect, refused, not blocking", lambda: s.connect((host, refused)))
say("its events", lambda: events(s, select.POLLOUT))
say("its error", lambda: error_of(s))
say("its peer", lambda: s.getpeername())
s = tcp(blocking=False)
say("connect, refused, not blocking", lambda: s.connect((host, refused)))
events(s, select.POLLOUT)
say("connect again tells", lambda: s.connect((host, refused)))
s = tcp()
say("connect, refused", lambda: s.connect((host, refused)))
say("the same socket, elsewhere", lambda: (s.connect((host, echo)), talk(s)))
say("no route", lambda: tcp().connect((nowhere, 80)))

# The life of a connection.
s = tcp()
s.connect((host, echo))
say("connected again", lambda: s.connect((host, echo)))
say("connected elsewhere", lambda: s.connect((host, refused)))
say("listen while connected", lambda: s.listen())
say("bind while connected", lambda: s.bind(("127.0.0.1", 0)))
say("peer", lambda: s.getpeername())
say("own host", lambda: s.getsockname()[0])
say("half closed", lambda: (s.sendall(b"last"), s.shutdown(socket.SHUT_WR), s.recv(9), s.recv(9)))
say("send after shutdown", lambda: s.send(b"x"))
s = tcp()
s.connect((host, echo))
s.shutdown(socket.SHUT_RD)
say("peer after shutdown for reading", lambda: s.getpeername())
say("original destination", lambda: s.getsockopt(socket.IPPROTO_IP, 80, 16))
say("of no socket", lambda: socket.socket(fileno=os.dup(0)).getpeername())

# Both families.
six = tcp(socket.AF_INET6)
say("mapped", lambda: (six.connect((f"::ffff:{host}", echo)), talk(six), six.getpeername()[:2], six.getsockname()[0]))
only = tcp(socket.AF_INET6)
only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
say("mapped, by a socket of IPv6 alone", lambda: only.connect((f"::ffff:{host}", echo)))
four = tcp()
raw = struct.pack("=H", socket.AF_INET6) + bytes(26)
say("an address of IPv6 by a socket of IPv4", lambda: libc("connect", four, raw))
say("an address that is cut", lambda: libc("connect", tcp(), struct.pack("=H", socket.AF_INET) + bytes(6)))

# Connections that are made with the data.
s = tcp()
s.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
say("put off", lambda: (s.connect((host, echo)), talk(s), s.getpeername()))
s = tcp()
s.setblocking(False)
s.setsockopt(socket.IPPROTO_TCP, 30, 1)


def put_off():
    try:
        s.connect((host, echo))
    except BlockingIOError:
        pass
    events(s, select.POLLOUT)
    s.settimeout(5)
    return talk(s), s.getpeername()


say("put off, not blocking", put_off)

# Sockets of many uses.
a, b = socket.socketpair()
say("a pair", lambda: (a.send(b"pair"), b.recv(9), a.getpeername(), a.getsockname()))
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
say("netlink", lambda: (link.bind((0, 0)), link.getsockname()[0] > 0))
say("a packet socket without a right", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).getsockname()[0])
say("accept of no listener", lambda: tcp().accept())
say("listen of a UDP socket", lambda: udp().listen())

# Datagrams.
d = udp()
d.connect((host, answers))
say("datagram", lambda: (d.send(b"one"), d.recv(99).split()[-1], d.getpeername()))
say("to another than its peer", lambda: d.sendto(b"x", (host, answers)))
say("taken back", lambda: libc("connect", d, bytes(16)))
say("no peer any more", lambda: d.getpeername())
say("send without a peer", lambda: d.send(b"x"))
say("connect, no route", lambda: udp().connect((nowhere, 80)))
r = udp()
r.connect((host, refused))
say("refused later", lambda: (r.send(b"x"), r.recv(9)))
large = udp()
say("too large", lambda: large.sendto(bytes(70000), (host, answers)))
say("an empty one", lambda: (large.sendto(b"", (host, answers)), large.recv(99).split()[-1:] and "came back"))

# Descriptors that travel.
a, b = socket.socketpair()
connected = tcp()
connected.connect((host, echo))
listener = tcp()
listener.bind(("127.0.0.1", 0))
listener.listen()
child = f"""
import socket, sys
_, fds, _, _ = socket.recv_fds(socket.socket(fileno=int(sys.argv[1])), 1, 2)
c, l = (socket.socket(fileno=fd) for fd in fds)
c.sendall(b"child"); print("a connection that came:", c.recv(5), c.getpeername(), flush=True)
own = socket.create_connection(l.getsockname(), 5); s, peer = l.accept()
print("a listener that came:", peer == own.getsockname(), s.getpeername() == peer, flush=True)
"""
socket.send_fds(a, [b"x"], [connected.fileno(), listener.fileno()])
subprocess.run([sys.executable, "-c", child, str(b.fileno())], pass_fds=[b.fileno()], check=True)
say("the connection that was lent", lambda: (talk(connected, b"back"), connected.getpeername()))

# Listeners on ports that the kernel chooses.
listeners = [tcp() for _ in range(3)]
for each in listeners:
    each.bind(("127.0.0.1", 0))
    each.listen()
ports = [each.getsockname()[1] for each in listeners]
say("three ports", lambda: (len(set(ports)), 0 in ports))
for each in listeners:
    c = socket.create_connection(each.getsockname(), 5)
    s, peer = each.accept()
    say("its own", lambda: (peer == c.getsockname(), s.getsockname() == c.getpeername() == each.getsockname()))
