/* A child that was forked, without exec, reads a file. Argument: the file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int show(const char *path) {
  char text[100];
  int fd = open(path, O_RDONLY);
  long count = read(fd, text, sizeof text);
  if (count < 0) return 1;
  return write(1, text, count) != count;
}

int main(int argc, char **argv) {
  pid_t child = fork();
  if (child == 0) _exit(show(argv[argc - 1]));
  int status = 0;
  waitpid(child, &status, 0);
  printf("child %d\n", status);
  fflush(stdout);
  return show(argv[argc - 1]);
}
