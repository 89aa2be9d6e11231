/* mkdir, mkdirat below an open directory, and rmdir. Argument: a directory that is writable. */
#include "report.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char path[4200];
  int folder = open(argv[argc - 1], O_RDONLY | O_DIRECTORY);
  snprintf(path, sizeof path, "%s/made", argv[argc - 1]);
  SAY("mkdir", mkdir(path, 0755));
  SAY("mkdir-again", mkdir(path, 0755));
  SAY("mkdirat", mkdirat(folder, "made/below", 0700));
  SAY("rmdir-full", rmdir(path));
  SAY("unlinkat", unlinkat(folder, "made/below", AT_REMOVEDIR));
  SAY("rmdir", rmdir(path));
  SAY("rmdir-missing", rmdir(path));
  return 0;
}
