/** Accepts, blocking, with an address. SIGUSR1 is caught; "restart" in the arguments: its calls are repeated. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void caught(int signal) {
  (void)signal;
}

int main(int count, char **words) {
  int restart = count > 2 && strcmp(words[2], "restart") == 0;
  struct sigaction action = {.sa_handler = caught, .sa_flags = restart ? SA_RESTART : 0};
  sigaction(SIGUSR1, &action, NULL);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int reuse = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[1]))};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) {
    printf("bind: %s\n", strerror(errno));
    return 1;
  }
  printf("listening\n");
  fflush(stdout);
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  int accepted = accept(listener, (struct sockaddr *)&peer, &length);
  printf("%s\n", accepted >= 0 ? "accepted" : strerror(errno));
  return 7;
}
