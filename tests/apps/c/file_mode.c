/* The variadic mode of open and its sisters, and mkdir's, on files of this machine. Argument: a folder. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(const char *name, const char *path) {
  struct stat st;
  if (stat(path, &st) != 0) perror(path);
  else printf("%s %o\n", name, st.st_mode & 07777);
}

int main(int argc, char **argv) {
  if (argc != 2 || chdir(argv[1]) != 0) return 2;
  umask(0);
  int flags = O_CREAT | O_WRONLY;
  char path[4200];
#define MAKE(name, mode, call) snprintf(path, sizeof path, "%s/%s", argv[1], name); call; show(name, path)
  MAKE("open", 0601, close(open(path, flags, 0601)));
  MAKE("open64", 0602, close(open64(path, flags, 0602)));
  MAKE("openat", 0603, close(openat(AT_FDCWD, path, flags, 0603)));
  MAKE("openat64", 0604, close(openat64(AT_FDCWD, path, flags, 0604)));
  MAKE("mkdir", 0705, mkdir(path, 0705));
  return 0;
}
