/* readv and preadv fill their buffers in order. Argument: a file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

static void show(const char *name, long count, struct iovec *parts) {
  printf("%s %ld", name, count);
  for (int i = 0; i < 3; i++) printf(" [%s]", (char *)parts[i].iov_base);
  putchar('\n');
}

int main(int argc, char **argv) {
  char first[6] = "", second[4] = "", third[100] = "";
  struct iovec parts[3] = {{first, 5}, {second, 3}, {third, 99}};
  int fd = open(argv[argc - 1], O_RDONLY);
  show("readv", readv(fd, parts, 3), parts);
  memset(first, 0, sizeof first), memset(second, 0, sizeof second), memset(third, 0, sizeof third);
  show("preadv", preadv(fd, parts, 3, 6), parts);
  return 0;
}
