/* An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *word;
static int seen;

static void *answer(void *argument) {
  int fd = (int)(intptr_t)argument;
  char request[4096], response[512];
  if (read(fd, request, sizeof request) > 0) {
    if (write(seen, "a request\n", 10) < 0) perror("seen");
    int length = snprintf(response, sizeof response, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen(word), word);
    if (write(fd, response, length) < 0) perror("write");
  }
  close(fd);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  signal(SIGPIPE, SIG_IGN);
  word = argv[2];
  seen = open(argv[3], O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0644);
  struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *own;
  int code = getaddrinfo(NULL, argv[1], &hints, &own);
  if (code != 0) {
    fprintf(stderr, "getaddrinfo: %s\n", gai_strerror(code));
    return 1;
  }
  int listener = socket(own->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, off = 0;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (own->ai_family == AF_INET6) setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(listener, own->ai_addr, own->ai_addrlen) < 0 || listen(listener, 64) < 0) {
    perror("listen");
    return 1;
  }
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) continue;
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer, (void *)(intptr_t)fd) == 0) pthread_detach(thread);
    else close(fd);
  }
}
