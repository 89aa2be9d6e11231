/**
 * Accepts in two processes: this one, and one that bears the name "left-alone". Connects so many times, and makes other
 * calls meanwhile. Says how many connections were accepted, and how long the longest of those calls took.
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int listener;
static atomic_int accepted;

/** Accepts until a connection says "e". Each peer is told who has it. */
static int serve(char own) {
  for (int count = 0;; count++) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int connection = accept(listener, (struct sockaddr *)&peer, &length);
    if (connection < 0) {
      printf("accept: %s\n", strerror(errno));
      return count;
    }
    char word = 0;
    if (read(connection, &word, 1) != 1 || write(connection, &own, 1) != 1) printf("no word\n");
    close(connection);
    if (word == 'e') return count;
    if (own == 't') usleep(500); // The kernel would wake it first each time.
  }
}

static void *serveHere(void *unused) {
  accepted = serve('h');
  return unused;
}

static char talk(const struct sockaddr_in *address, char word) {
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (const struct sockaddr *)address, sizeof *address) != 0) perror("connect");
  char answer = 0;
  if (write(connection, &word, 1) != 1 || read(connection, &answer, 1) != 1) perror("talk");
  close(connection);
  return answer;
}

static long nowMs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int count, char **words) {
  if (strcmp(words[0], "left-alone") == 0) {
    listener = atoi(words[1]);
    prctl(PR_SET_PDEATHSIG, 9);
    serve('t');
    return 0;
  }
  if (count < 2) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 64) != 0) return 3;
  getsockname(listener, (struct sockaddr *)&address, &length);
  char number[16];
  snprintf(number, sizeof number, "%d", listener);
  pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "left-alone", number, NULL);
    _exit(1);
  }
  pthread_t here;
  pthread_create(&here, NULL, serveHere, NULL);
  usleep(300000);
  long longest = 0;
  int mine = 0, theirs = 0;
  for (int i = 0; i < atoi(words[1]); i++) {
    char who = talk(&address, 'x');
    if (who == 'h') mine++;
    if (who == 't') theirs++;
    long before = nowMs();
    struct stat status;
    stat("/nowhere", &status);
    if (nowMs() - before > longest) longest = nowMs() - before;
  }
  talk(&address, 'e');
  talk(&address, 'e');
  waitpid(child, NULL, 0);
  printf("%d in all, %s, the longest call %ld ms\n", mine + theirs, mine && theirs ? "both had some" : "one had all",
         longest);
  return 0;
}
