/**
 * Children of every kind: what they open of the target, and who may use it. Arguments: a file of the target, and a program
 * that shows a file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file;
static char **show;
static volatile int opened = -1;

static void say(const char *name, int fd) {
  char text[64] = "";
  ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
  printf("%s: %s", name, n > 0 ? text : "nothing\n");
}

static int openThere(void *unused) {
  (void)unused;
  opened = open(file, O_RDONLY);
  return opened < 0;
}

/** A child by clone(2), awaited. */
static void cloned(const char *name, int flags) {
  static char stack[65536] __attribute__((aligned(16)));
  opened = -1;
  int status = -1;
  pid_t pid = clone(openThere, stack + sizeof stack, flags | SIGCHLD, NULL);
  waitpid(pid, &status, 0);
  printf("%s child: %d\n", name, status);
  say(name, opened);
}

static void *execute(void *unused) {
  execv(show[0], show);
  perror("execv");
  return unused;
}

/** A process whose second thread executes a program. */
static void threadThatExecutes(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, execute, NULL);
    pause();
  }
  int status = -1;
  waitpid(pid, &status, 0);
  printf("its end: %d\n", status);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  setvbuf(stdout, NULL, _IONBF, 0);
  file = words[1];
  show = (char *[]){words[2], words[1], NULL};
  cloned("shared files and memory", CLONE_FILES | CLONE_VM);
  cloned("shared files, memory and directory", CLONE_FILES | CLONE_VM | CLONE_FS | CLONE_SIGHAND);
  cloned("suspended parent", CLONE_FILES | CLONE_VM | CLONE_VFORK);
  int status = -1;
  pid_t pid = vfork();
  if (pid == 0) {
    execv(show[0], show);
    _exit(9);
  }
  waitpid(pid, &status, 0);
  printf("vfork: %d\n", status);
  struct clone_args arguments = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) {
    say("clone3", open(file, O_RDONLY));
    _exit(0);
  }
  waitpid(pid, &status, 0);
  threadThatExecutes();
  return 0;
}
