/* readlink, with room and without. Argument: a symbolic link. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char text[4096] = "", small[5] = "";
  long count = readlink(argv[argc - 1], text, sizeof text - 1);
  printf("%ld %s\n", count, text);
  count = readlink(argv[argc - 1], small, 4);
  printf("%ld %s\n", count, small);
  return 0;
}
