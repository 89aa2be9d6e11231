/**
 * Threads that wait in accept for connections of this very program, which come in pairs and say something at once. Says
 * how many came, and every error. Arguments: threads, pairs.
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;
static atomic_int accepted, heard;

static void *serve(void *unused) {
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int connection = accept(listener, (struct sockaddr *)&peer, &length);
    if (connection < 0) {
      printf("accept: %s\n", strerror(errno));
      continue;
    }
    accepted++;
    char word;
    if (read(connection, &word, 1) == 1) heard++;
    close(connection);
  }
  return unused;
}

int main(int count, char **words) {
  if (count < 3) return 2;
  int threads = atoi(words[1]), pairs = atoi(words[2]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 64) != 0) return 3;
  getsockname(listener, (struct sockaddr *)&address, &length);
  for (int i = 0; i < threads; i++) pthread_create(&(pthread_t){0}, NULL, serve, NULL);
  for (int i = 0; i < pairs; i++) {
    int both[2];
    for (int j = 0; j < 2; j++) {
      both[j] = socket(AF_INET, SOCK_STREAM, 0);
      if (connect(both[j], (struct sockaddr *)&address, sizeof address) != 0) printf("connect: %s\n", strerror(errno));
      if (write(both[j], "x", 1) != 1) printf("write: %s\n", strerror(errno));
    }
    for (int j = 0; j < 2; j++) {
      char end;
      if (read(both[j], &end, 1) != 0) printf("no end\n");
      close(both[j]);
    }
  }
  printf("%d %d\n", accepted, heard);
  return 0;
}
