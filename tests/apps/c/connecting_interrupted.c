/**
 * Blocking connects that are interrupted by a signal, and one that has a limit. Arguments: an address that never answers,
 * a port; an address and a port that do.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile int caught;

static void catch(int signal) {
  (void)signal;
  caught++;
}

static struct sockaddr_in addressOf(char **words) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[1]))};
  inet_pton(AF_INET, words[0], &address.sin_addr);
  return address;
}

static void try(const char *name, int fd, const struct sockaddr_in *address) {
  int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
  printf("%s: %s\n", name, result == 0 ? "connected" : strerror(errno));
}

static void signalAfter(int ms, int flags) {
  struct sigaction action = {.sa_handler = catch, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval timer = {.it_value.tv_usec = ms * 1000};
  setitimer(ITIMER_REAL, &timer, NULL);
}

int main(int count, char **words) {
  if (count < 5) return 2;
  struct sockaddr_in silent = addressOf(words + 1), real = addressOf(words + 3);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  signalAfter(300, 0);
  try("interrupted", fd, &silent);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval limit = {.tv_sec = 1};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  signalAfter(200, SA_RESTART);
  caught = 0;
  try("limited", fd, &silent);
  printf("caught %d\n", caught);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  try("out of time", fd, &silent);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  try("real", fd, &real);
  try("twice", fd, &real);
  int error = -1;
  socklen_t length = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  struct pollfd polled = {.fd = fd, .events = POLLOUT};
  printf("error %d, writable %d\n", error, poll(&polled, 1, 1000) == 1 && polled.revents == POLLOUT);
  return 0;
}
