/* bind, listen and accept as a server uses them. Arguments: the port to listen on, and a port that is taken. */
#include "report.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sockaddr_in at(const char *ip, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

static int bind_to(int fd, const char *ip, int port) {
  struct sockaddr_in address = at(ip, port);
  return bind(fd, (struct sockaddr *)&address, sizeof address);
}

static void show_name(const char *name, int fd) {
  struct sockaddr_in address = {0};
  socklen_t length = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
    TELL(name, "fails %s", errno_name(errno));
    return;
  }
  TELL(name, "%s:%d %d", inet_ntoa(address.sin_addr), ntohs(address.sin_port), length);
}

/* The port that the kernel knows, past the hooks of the layer. */
static int real_port(int fd) {
  char line[256];
  struct sockaddr_in address = {0};
  socklen_t length = sizeof address;
  long result;
#ifdef __x86_64__
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getsockname), "D"(fd), "S"(&address), "d"(&length)
                   : "rcx", "r11", "memory");
#else
  result = -1;
#endif
  (void)line;
  return result == 0 ? ntohs(address.sin_port) : -1;
}

static void accept_one(const char *name, int listener, int with_four) {
  int client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = at("127.0.0.1", real_port(listener));
  if (connect(client, (struct sockaddr *)&address, sizeof address) != 0) {
    TELL(name, "connect fails %s", errno_name(errno));
    return;
  }
  struct sockaddr_in peer = {0};
  socklen_t length = sizeof peer;
  int fd = with_four ? accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC)
                     : accept(listener, (struct sockaddr *)&peer, &length);
  TELL(name, "%d %s:%d %d", fd >= 0, inet_ntoa(peer.sin_addr), ntohs(peer.sin_port), length);
  close(fd);
  close(client);
}

int main(int argc, char **argv) {
  int port = atoi(argv[1]), taken = atoi(argv[2]);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  SAY("bind", bind_to(fd, "0.0.0.0", port));
  SAY("bind-twice", bind_to(fd, "0.0.0.0", port));
  SAY("listen", listen(fd, 16));
  SAY("listen-again", listen(fd, 32));
  show_name("name", fd);
  TELL("real-port", "%d", real_port(fd) == port);
  accept_one("accept", fd, 0);
  accept_one("accept4", fd, 1);

  /* A room too small for the address: it is cut, and the whole length told. */
  int client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = at("127.0.0.1", real_port(fd));
  connect(client, (struct sockaddr *)&address, sizeof address);
  unsigned char cut[16];
  memset(cut, 0xee, sizeof cut);
  socklen_t length = 6;
  int accepted = accept(fd, (struct sockaddr *)cut, &length);
  TELL("accept-cut", "%d %d %02x%02x%02x", length, accepted >= 0, cut[4], cut[5], cut[6]);
  accepted = accepted >= 0 ? close(accepted) : -1;
  close(client);
  client = socket(AF_INET, SOCK_STREAM, 0);
  connect(client, (struct sockaddr *)&address, sizeof address);
  SAY("accept-nothing-wanted", (accepted = accept(fd, NULL, NULL)) >= 0);
  close(accepted);

  int moved = socket(AF_INET, SOCK_STREAM, 0);
  SAY("taken", bind_to(moved, "0.0.0.0", taken));
  SAY("taken-listen", listen(moved, 4));
  show_name("taken-name", moved);
  TELL("taken-moved", "%d", real_port(moved) > 0 && real_port(moved) != taken);
  accept_one("taken-accept", moved, 0);

  int own = socket(AF_INET, SOCK_STREAM, 0);
  SAY("own-address", bind_to(own, "0.0.0.0", port));
  SAY("own-then-another", bind_to(own, "0.0.0.0", 0));

  int foreign = socket(AF_INET, SOCK_STREAM, 0);
  SAY("target-address", bind_to(foreign, "10.99.0.7", port + 1));
  show_name("target-name", foreign);
  SAY("target-listen", listen(foreign, 4));

  int any = socket(AF_INET, SOCK_STREAM, 0);
  SAY("any-port", bind_to(any, "127.0.0.1", 0));
  SAY("any-listen", listen(any, 4));
  struct sockaddr_in got;
  length = sizeof got;
  getsockname(any, (struct sockaddr *)&got, &length);
  TELL("any-true", "%d", ntohs(got.sin_port) == real_port(any));

  int six = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 all = {.sin6_family = AF_INET6, .sin6_port = htons(taken)};
  SAY("six-taken", bind(six, (struct sockaddr *)&all, sizeof all));
  SAY("six-listen", listen(six, 4));
  struct sockaddr_in6 name = {0};
  length = sizeof name;
  getsockname(six, (struct sockaddr *)&name, &length);
  TELL("six-name", "%d %d", ntohs(name.sin6_port) == taken, length);

  int datagram = socket(AF_INET, SOCK_DGRAM, 0);
  SAY("datagram-taken-is-local", bind_to(datagram, "0.0.0.0", port));
  SAY("not-bound-listen", listen(socket(AF_INET, SOCK_STREAM, 0), 1));
  SAY("listen-file", listen(1, 1));
  SAY("bind-file", bind_to(1, "0.0.0.0", port));
  return 0;
}
