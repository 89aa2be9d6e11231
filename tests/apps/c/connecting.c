/* connect(2) as programs use it: blocking, non-blocking, interrupted, from many threads. Peers: see connecting_test.ts. */
#include "report.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct sockaddr_in v4(const char *ip, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

static struct sockaddr_in6 v6(const char *ip, int port) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, ip, &address.sin6_addr);
  return address;
}

static int connect_v4(int fd, const char *ip, int port) {
  struct sockaddr_in address = v4(ip, port);
  return connect(fd, (struct sockaddr *)&address, sizeof address);
}

static void show_greeting(const char *name, int fd) {
  char text[32] = {0};
  long n = recv(fd, text, sizeof text - 1, 0);
  TELL(name, "%ld %s", n, text);
}

static void show_names(const char *name, int fd) {
  struct sockaddr_storage own, peer;
  socklen_t own_length = sizeof own, peer_length = sizeof peer;
  char own_text[64] = "?", peer_text[64] = "?";
  int own_port = 0, peer_port = 0;
  if (getsockname(fd, (void *)&own, &own_length) == 0) {
    own_port = ntohs(((struct sockaddr_in *)&own)->sin_port);
    if (own.ss_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)&own)->sin_addr, own_text, sizeof own_text);
    else inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&own)->sin6_addr, own_text, sizeof own_text);
  }
  if (getpeername(fd, (void *)&peer, &peer_length) == 0) {
    peer_port = ntohs(((struct sockaddr_in *)&peer)->sin_port);
    if (peer.ss_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, peer_text, sizeof peer_text);
    else inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, peer_text, sizeof peer_text);
  }
  TELL(name, "%s:%d %d %s:%d %d", own_text, own_port >= 40000 ? 40000 : own_port, own_length, peer_text, peer_port, peer_length);
}

static int socket_error(int fd) {
  int value = -1;
  socklen_t length = sizeof value;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length);
  return value;
}

static void blocking(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  SAY("blocking", connect_v4(fd, "10.1.2.3", 80));
  SAY("blocking-flags", fcntl(fd, F_GETFL) & O_NONBLOCK);
  show_greeting("blocking-greeting", fd);
  show_names("blocking-names", fd);
  SAY("blocking-again", connect_v4(fd, "10.1.2.3", 80));
  SAY("echo-send", send(fd, "echo", 4, 0));
  show_greeting("echo", fd);
  close(fd);

  fd = socket(AF_INET, SOCK_STREAM, 0);
  SAY("refused", connect_v4(fd, "10.1.2.3", 81));
  TELL("refused-socket-error", "%d", socket_error(fd));
  SAY("refused-then", connect_v4(fd, "10.1.2.3", 80));
  show_greeting("refused-then-greeting", fd);
  close(fd);

  fd = socket(AF_INET, SOCK_STREAM, 0);
  SAY("unreachable", connect_v4(fd, "10.1.2.3", 82));
  SAY("port-zero-is-local", connect_v4(fd, "127.0.0.1", 0));
  close(fd);
  SAY("bad-descriptor", connect_v4(-1, "10.1.2.3", 80));
  SAY("no-socket", connect_v4(1, "10.1.2.3", 80));
  fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in6 wrong = v6("::ffff:10.1.2.3", 80);
  SAY("wrong-family", connect(fd, (struct sockaddr *)&wrong, sizeof wrong));
  struct sockaddr_in right = v4("10.1.2.3", 80);
  SAY("short-address", connect(fd, (struct sockaddr *)&right, 8));
  SAY("raw-connect", syscall(SYS_connect, fd, &right, sizeof right));
  show_greeting("raw-greeting", fd);
  close(fd);

  fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in any = v4("0.0.0.0", 0);
  SAY("bound-first", bind(fd, (struct sockaddr *)&any, sizeof any));
  SAY("bound-connect", connect_v4(fd, "10.1.2.3", 80));
  show_greeting("bound-greeting", fd);
  close(fd);
}

static void fast_open(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
  SAY("fast-open", connect_v4(fd, "10.1.2.3", 80));
  show_greeting("fast-open-greeting", fd);
  close(fd);
}

static void version6(void) {
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 mapped = v6("::ffff:10.1.2.3", 80);
  SAY("mapped", connect(fd, (struct sockaddr *)&mapped, sizeof mapped));
  show_greeting("mapped-greeting", fd);
  show_names("mapped-names", fd);
  close(fd);
  fd = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 six = v6("fd00::5", 80);
  SAY("v6", connect(fd, (struct sockaddr *)&six, sizeof six));
  show_greeting("v6-greeting", fd);
  show_names("v6-names", fd);
  close(fd);
}

static void non_blocking(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET}, got = {0};
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
  long began = now_ms();
  SAY("later", connect_v4(fd, "10.1.2.3", 83));
  TELL("later-at-once", "%d", now_ms() - began < 150);
  SAY("later-again", connect_v4(fd, "10.1.2.3", 83));
  struct pollfd waiting = {.fd = fd, .events = POLLOUT};
  SAY("later-not-yet", poll(&waiting, 1, 100));
  SAY("later-ready", poll(&waiting, 1, 3000));
  TELL("later-waited", "%d", now_ms() - began >= 290);
  TELL("later-socket-error", "%d", socket_error(fd));
  SAY("later-epoll", epoll_wait(poller, &got, 1, 1000));
  TELL("later-epoll-out", "%d", !!(got.events & EPOLLOUT));
  int once = connect_v4(fd, "10.1.2.3", 83);
  TELL("later-connect-tells", "%d", once == 0 || errno == EISCONN);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  show_greeting("later-greeting", fd);
  close(fd);

  for (int port = 81; port <= 82; port++) {
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    event.events = EPOLLIN | EPOLLOUT;
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    char name[32];
    snprintf(name, sizeof name, "fails-%d", port);
    SAY(name, connect_v4(fd, "10.1.2.3", port));
    int ready = epoll_wait(poller, &got, 1, 3000);
    int error = socket_error(fd);
    TELL(port == 81 ? "fails-81-then" : "fails-82-then", "%d hup %d error %s", ready, !!(got.events & EPOLLHUP), errno_name(error));
    close(fd);
  }
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  SAY("silent", connect_v4(fd, "10.1.2.3", 84));
  waiting.fd = fd;
  SAY("silent-poll", poll(&waiting, 1, 100));
  TELL("silent-socket-error", "%d", socket_error(fd));
  close(fd);
  close(poller);
}

static volatile int handled;
static void on_alarm(int signal) { (void)signal; handled++; }

static void alarm_in(int milliseconds, int flags) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval timer = {.it_value.tv_usec = milliseconds * 1000};
  handled = 0;
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void interrupted(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  alarm_in(100, 0);
  SAY("interrupted", connect_v4(fd, "10.1.2.3", 83));
  TELL("interrupted-handled", "%d", handled);
  struct pollfd waiting = {.fd = fd, .events = POLLOUT};
  SAY("interrupted-goes-on", poll(&waiting, 1, 3000));
  show_greeting("interrupted-greeting", fd);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  alarm_in(100, SA_RESTART);
  SAY("restarted", connect_v4(fd, "10.1.2.3", 83));
  TELL("restarted-handled", "%d", handled);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval limit = {.tv_usec = 150000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  long began = now_ms();
  SAY("limited", connect_v4(fd, "10.1.2.3", 84));
  TELL("limited-in-time", "%d", now_ms() - began >= 140 && now_ms() - began < 1500);
  close(fd);
  /* A file is waited for through signals. */
  alarm_in(30, 0);
  fd = open("/app/slow", O_RDONLY);
  TELL("slow-open", "%d handled %d", fd >= 0, handled);
  close(fd);
}

static void *connect_silently(void *unused) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  connect_v4(fd, "10.1.2.3", 84);
  return unused;
}

static void many(void) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  pthread_t threads[100];
  int made = 0;
  for (int i = 0; i < 100; i++) made += pthread_create(&threads[i], &small, connect_silently, NULL) == 0;
  usleep(300000);
  long began = now_ms();
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  SAY("beside-many", connect_v4(fd, "10.1.2.3", 80));
  TELL("beside-many-quick", "%d of %d", now_ms() - began < 1000, made);
  fd = open("/app/hello.txt", O_RDONLY);
  TELL("file-beside-many", "%d", fd >= 0);
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc > 1) {
    many();
    _exit(0);
  }
  blocking();
  fast_open();
  version6();
  non_blocking();
  interrupted();
  return 0;
}
