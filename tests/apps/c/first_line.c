/* The first line of a file; it is started under several names. Argument: the file. */
#include <stdio.h>

int main(int argc, char **argv) {
  char line[4096];
  FILE *file = fopen(argv[argc - 1], "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) return 1;
  fputs(line, stdout);
  return 0;
}
