/* Processes and threads of a session: fork, vfork, exec in all forms, closing of foreign descriptors. */
#include "report.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int reads(const char *path, const char *expected) {
  char text[64] = {0};
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  long n = read(fd, text, sizeof text - 1);
  close(fd);
  return n >= 0 && strcmp(text, expected) == 0;
}

static int hello(void) { return reads("/app/hello.txt", "hello remote\n"); }

static int wait_for(pid_t child) {
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void *forker(void *unused) {
  (void)unused;
  long good = 0;
  for (int i = 0; i < 20; i++) {
    pid_t child = fork();
    if (child == 0) _exit(hello() ? 0 : 1);
    good += wait_for(child) == 0 && hello();
  }
  return (void *)good;
}

static void forks(void) {
  TELL("before", "%d", hello());
  pid_t child = fork();
  if (child == 0) _exit(hello() && hello() ? 7 : 1);
  TELL("fork", "%d parent %d", wait_for(child), hello());
  child = fork();
  if (child == 0) {
    pid_t grandchild = fork();
    if (grandchild == 0) _exit(hello() ? 9 : 1);
    _exit(wait_for(grandchild));
  }
  TELL("grandchild", "%d", wait_for(child));
  /* A child of vfork stands in our memory. */
  child = vfork();
  if (child == 0) _exit(hello() ? 5 : 1);
  TELL("vfork", "%d parent %d", wait_for(child), hello());
  child = vfork();
  if (child == 0) {
    execl("/bin/cat", "cat", "/app/missing", (char *)NULL);
    _exit(99);
  }
  TELL("vfork-exec", "%d parent %d", wait_for(child), hello());
  pthread_t threads[8];
  for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, forker, NULL);
  long good = 0;
  for (int i = 0; i < 8; i++) {
    void *value;
    pthread_join(threads[i], &value);
    good += (long)value;
  }
  TELL("threads-that-fork", "%ld", good);
}

static void descriptors(void) {
  hello();
  for (int fd = 3; fd < 4096; fd++) close(fd);
  TELL("all-closed", "%d", hello());
  /* Someone else gets the numbers that were the layer's. */
  int other[2];
  if (pipe(other) != 0) return;
  for (int fd = 3; fd < 1000; fd++) if (fd != other[0] && fd != other[1]) dup2(other[1], fd);
  TELL("all-taken", "%d", hello());
  char byte;
  fcntl(other[0], F_SETFL, O_NONBLOCK);
  TELL("nothing-strayed", "%ld", (long)read(other[0], &byte, 1));
  for (int fd = 3; fd < 1000; fd++) close(fd);
}

static volatile sig_atomic_t in_handler, handled;
static void on_signal(int number) {
  (void)number;
  in_handler += hello();
  handled++;
}

static void signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval often = {.it_interval.tv_usec = 700, .it_value.tv_usec = 700};
  setitimer(ITIMER_REAL, &often, NULL);
  int good = 0, all = 0;
  for (; all < 300 || (handled < 25 && all < 50000); all++) good += hello();
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  TELL("signals", "all %d, in handlers %d, some %d", good == all, in_handler == handled, handled >= 25);
}

/* Runs a child that executes, and tells what `sh` or `env` then print. */
#define CHILD(name, call) do { \
    printf("%s ", name); fflush(stdout); \
    pid_t child_ = fork(); \
    if (child_ == 0) { call; printf("failed %s\n", errno_name(errno)); fflush(stdout); _exit(1); } \
    wait_for(child_); \
  } while (0)

static void executes(const char *fixed) {
  char *script = "cat /app/hello.txt";
  char *arguments[] = {"sh", "-c", script, NULL};
  char *nothing[] = {NULL};
  char *wanted[] = {"ONE=1", "LD_PRELOAD=/nonexistent.so", NULL};
  CHILD("execv", execv("/bin/sh", arguments));
  CHILD("execvp", execvp("sh", arguments));
  CHILD("execve-empty", execve("/bin/sh", arguments, nothing));
  CHILD("execve-null", execve("/bin/sh", arguments, NULL));
  CHILD("execl", execl("/bin/sh", "sh", "-c", "cat /app/hello.txt; : $#", "0", "1", "2", "3", "4", (char *)NULL));
  CHILD("execl-many", execl("/bin/echo", "echo", "1", "2", "3", "4", "5", "6", "7", "8", "9", (char *)NULL));
  CHILD("execlp", execlp("sh", "sh", "-c", script, (char *)NULL));
  CHILD("execle", execle("/bin/sh", "sh", "-c", "cat /app/hello.txt; : $ONE", (char *)NULL, wanted));
  CHILD("execle-environment", execle("/bin/sh", "sh", "-c", "echo $ONE", (char *)NULL, wanted));
  CHILD("clearenv", (clearenv(), execv("/bin/sh", arguments)));
  CHILD("raw-execve", syscall(SYS_execve, "/bin/sh", arguments, nothing));
  int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
  CHILD("fexecve", fexecve(fd, arguments, nothing));
  CHILD("execve-missing", execve("/nowhere", arguments, nothing));
  CHILD("execvp-missing", execvp("no-such-program", arguments));
  CHILD("execvp-directory", execvp("/tmp", arguments));
  char *plain[] = {"plain", "word", NULL};
  CHILD("execvp-plain", execvp(fixed, plain));
  pid_t child;
  printf("posix_spawn ");
  fflush(stdout);
  int code = posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, nothing);
  if (code == 0) wait_for(child);
  printf("posix_spawnp ");
  fflush(stdout);
  code = posix_spawnp(&child, "sh", NULL, NULL, arguments, nothing);
  if (code == 0) wait_for(child);
  TELL("posix_spawn-missing", "%s", errno_name(posix_spawn(&child, "/nowhere", NULL, NULL, arguments, nothing)));
  printf("system ");
  fflush(stdout);
  code = system("cat /app/hello.txt");
  FILE *pipe_ = popen("cat /app/hello.txt", "r");
  char line[64] = "";
  if (pipe_ && fgets(line, sizeof line, pipe_)) line[strcspn(line, "\n")] = 0;
  TELL("popen", "%s", line);
  if (pipe_) pclose(pipe_);
}

int main(int argc, char **argv) {
  if (strcmp(argv[1], "forks") == 0) forks();
  else if (strcmp(argv[1], "descriptors") == 0) descriptors();
  else if (strcmp(argv[1], "signals") == 0) signals();
  else executes(argv[argc - 1]);
  return 0;
}
