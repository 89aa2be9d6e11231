/* fts(3) on the tree of files_test.ts. */
#include "report.h"
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static const char *kind(const FTSENT *entry) {
  switch (entry->fts_info) {
    case FTS_D: return "in";
    case FTS_DP: return "out";
    case FTS_F: return "file";
    case FTS_SL: return "link";
    case FTS_NS: return "missing";
    default: return "other";
  }
}

static void walk(const char *name, char *first, int options, int skip) {
  char *roots[] = {first, NULL};
  FTS *tree = fts_open(roots, options, by_name);
  printf("%s", name);
  for (FTSENT *entry; (entry = fts_read(tree)) != NULL;) {
    long size = entry->fts_info == FTS_F ? (long)entry->fts_statp->st_size : 0;
    printf(" %s=%s,%d,%ld", entry->fts_name, kind(entry), entry->fts_level, size);
    if (skip && entry->fts_info == FTS_D && entry->fts_level > 0) fts_set(tree, entry, FTS_SKIP);
  }
  printf(" %d\n", fts_close(tree));
}

int main(void) {
  walk("fts", "/app", FTS_PHYSICAL, 0);
  walk("fts-skip", "/app/", FTS_LOGICAL | FTS_NOCHDIR, 1);
  walk("fts-missing", "/app/missing", FTS_PHYSICAL, 0);
  char *roots[] = {"/app/sub", NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL, NULL);
  fts_read(tree);
  FTSENT *child = fts_children(tree, 0);
  TELL("fts-children", "%s %s", child ? child->fts_path : "none", child && child->fts_link ? "more" : "alone");
  fts_close(tree);
  mkdir("/tmp/mirrord-fts", 0700);
  walk("fts-local", "/tmp/mirrord-fts", FTS_PHYSICAL, 0);
  rmdir("/tmp/mirrord-fts");
  return 0;
}
