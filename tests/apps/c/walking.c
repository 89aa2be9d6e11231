/* The functions of libc that walk directories by themselves, on the tree of files_test.ts. */
#include "report.h"
#include <ftw.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

static char seen[64][128];
static int count, stop_at = -1;

static void remember(const char *path, int kind, long size) {
  const char *name = kind == FTW_F ? "file" : kind == FTW_D ? "directory" : kind == FTW_DP ? "after" : "other";
  if (count < 64) snprintf(seen[count++], sizeof seen[0], "%s=%s,%ld", path, name, kind == FTW_F ? size : 0);
}

static int see(const char *path, const struct stat *st, int kind, struct FTW *at) {
  remember(path + at->base, kind, (long)st->st_size + 1000 * at->level);
  return count == stop_at ? 77 : 0;
}

static int see_old(const char *path, const struct stat *st, int kind) {
  remember(path, kind, (long)st->st_size);
  return 0;
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

static void show(const char *name, int result) {
  qsort(seen, count, sizeof seen[0], by_text);
  printf("%s %d", name, result);
  for (int i = 0; i < count; i++) printf(" %s", seen[i]);
  putchar('\n');
  count = 0;
}

int main(void) {
  show("nftw", nftw("/app/sub", see, 4, FTW_PHYS));
  show("nftw-after", nftw("/app/sub", see, 4, FTW_DEPTH));
  stop_at = 2;
  show("nftw-stopped", nftw("/app/sub", see, 4, 0) == 77 ? count : -1);
  stop_at = -1;
  show("nftw-missing", nftw("/app/missing", see, 4, 0));
  show("nftw-local", nftw("/usr/include/linux/can.h", see, 4, 0) == 0 ? count : -1);
  show("ftw", ftw("/app/sub", see_old, 4));
  glob_t found;
  int result = glob("/app/h*", 0, NULL, &found);
  TELL("glob", "%d %s", result, result == 0 ? found.gl_pathv[0] : "");
  if (result == 0) globfree(&found);
  result = glob("/app/*/deep", GLOB_MARK, NULL, &found);
  TELL("glob-deep", "%d %s", result, result == 0 ? found.gl_pathv[0] : "");
  return 0;
}
