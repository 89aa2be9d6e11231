/*
 * Plays file calls that a script on stdin names, one a line, beneath the directory given as argument, and prints the result
 * of each: a value or an errno's name, and whatever the call tells that must be the same wherever it runs.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { slots = 6, inodes = 4096, longest = 1 << 20 };

static const char *base;
static int open_files[slots];
static struct { dev_t device; ino_t inode; } seen[inodes];
static int seen_count;
static unsigned char buffer[longest];

/* Beneath the base; after an @ as it stands, relative to the working directory. */
static const char *at(const char *name) {
  static char paths[2][4096];
  static int turn;
  char *path = paths[turn ^= 1];
  if (name[0] == '@') return name + 1;
  snprintf(path, sizeof paths[0], "%s/%s", base, strcmp(name, ".") == 0 ? "" : name);
  return path;
}

static void said(long value) {
  if (value < 0) printf(" %s", strerrorname_np(errno));
  else printf(" %ld", value);
}

/* Inode numbers differ from place to place; which files are one and the same does not. */
static int index_of(const struct stat *st) {
  for (int i = 0; i < seen_count; i++)
    if (seen[i].device == st->st_dev && seen[i].inode == st->st_ino) return i;
  if (seen_count < inodes) {
    seen[seen_count].device = st->st_dev;
    seen[seen_count].inode = st->st_ino;
  }
  return seen_count++;
}

static void facts(long result, const struct stat *st) {
  said(result);
  if (result != 0) return;
  printf(" #%d mode=%o links=%ld uid=%d gid=%d", index_of(st), st->st_mode, (long)st->st_nlink, st->st_uid, st->st_gid);
  if (!S_ISDIR(st->st_mode)) printf(" size=%ld", (long)st->st_size);
  /* Times that the script has set lie long ago. */
  if (st->st_mtim.tv_sec < 1000000000) printf(" mtime=%ld.%09ld", (long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

static void content(long length) {
  said(length);
  if (length < 0) return;
  unsigned hash = 2166136261u;
  for (long i = 0; i < length; i++) hash = (hash ^ buffer[i]) * 16777619u;
  printf(" %08x", hash);
}

static void fill(long length, unsigned seed) {
  for (long i = 0; i < length; i++) buffer[i] = (unsigned char)((seed = seed * 1103515245u + 12345u) >> 16);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void list(const char *name) {
  struct dirent **entries;
  int count = scandir(at(name), &entries, NULL, by_name);
  said(count);
  for (int i = 0; i < count; i++) printf(" %s:%d", entries[i]->d_name, entries[i]->d_type);
}

static void map(int fd, long offset, unsigned seed) {
  struct stat st;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= offset) return said((errno = EINVAL, -1));
  char *memory = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return said(-1);
  memory[offset] = (char)seed;
  said(msync(memory, st.st_size, MS_SYNC));
  munmap(memory, st.st_size);
}

/* A child inherits the descriptor, writes and is gone. */
static void child_writes(int fd, long length, unsigned seed) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    fill(length, seed);
    _exit(write(fd, buffer, length) == length ? 0 : errno);
  }
  int status;
  waitpid(child, &status, 0);
  printf(" %d", WEXITSTATUS(status));
}

/* The working directory as seen from the base. One above it is left again: other sequences are there. */
static void where(long result) {
  said(result);
  size_t length = strlen(base);
  char *path = getcwd((char *)buffer, 4096);
  if (path == NULL) return said(-1);
  if (strncmp(path, base, length) == 0) printf(" in:%s", path + length);
  else printf(" above"), said(chdir(base));
}

static int slot(const char *text) {
  return open_files[atoi(text) % slots];
}

static void play(char **a, const char *call) {
  struct stat st;
  long n;
#define is(name) (strcmp(call, name) == 0)
#define number(i) strtol(a[i], NULL, 0)
  if (is("open") || is("openat")) {
    int *into = &open_files[number(1) % slots];
    if (*into >= 0) close(*into);
    *into = is("open") ? open(at(a[2]), number(3) | O_CLOEXEC, number(4))
                       : openat(slot(a[5]), a[2], number(3) | O_CLOEXEC, number(4));
    said(*into >= 0 ? 0 : -1);
  } else if (is("close")) {
    int *which = &open_files[number(1) % slots];
    said(close(*which));
    *which = -1;
  } else if (is("read")) content(read(slot(a[1]), buffer, number(2)));
  else if (is("pread")) content(pread(slot(a[1]), buffer, number(2), number(3)));
  else if (is("write")) fill(number(2), number(3)), said(write(slot(a[1]), buffer, number(2)));
  else if (is("pwrite")) fill(number(2), number(4)), said(pwrite(slot(a[1]), buffer, number(2), number(3)));
  else if (is("child")) child_writes(slot(a[1]), number(2), number(3));
  else if (is("lseek")) said(lseek(slot(a[1]), number(2), number(3)));
  else if (is("ftruncate")) said(ftruncate(slot(a[1]), number(2)));
  else if (is("truncate")) said(truncate(at(a[1]), number(2)));
  else if (is("mmap")) map(slot(a[1]), number(2), number(3));
  else if (is("fsync")) said(fsync(slot(a[1])));
  else if (is("fdatasync")) said(fdatasync(slot(a[1])));
  else if (is("fstat")) n = fstat(slot(a[1]), &st), facts(n, &st);
  else if (is("stat")) n = stat(at(a[1]), &st), facts(n, &st);
  else if (is("lstat")) n = lstat(at(a[1]), &st), facts(n, &st);
  else if (is("access")) said(access(at(a[1]), number(2)));
  else if (is("mkdir")) said(mkdir(at(a[1]), number(2)));
  else if (is("rmdir")) said(rmdir(at(a[1])));
  else if (is("unlink")) said(unlink(at(a[1])));
  else if (is("rename")) said(rename(at(a[1]), at(a[2])));
  else if (is("renameat2")) said(renameat2(AT_FDCWD, at(a[1]), AT_FDCWD, at(a[2]), number(3)));
  else if (is("link")) said(link(at(a[1]), at(a[2])));
  else if (is("symlink")) said(symlink(a[1], at(a[2])));
  else if (is("readlink")) content(readlink(at(a[1]), (char *)buffer, 4096));
  else if (is("chmod")) said(chmod(at(a[1]), number(2)));
  else if (is("fchmod")) said(fchmod(slot(a[1]), number(2)));
  else if (is("chown")) said(chown(at(a[1]), number(2), number(3)));
  else if (is("utimes")) {
    struct timespec times[2] = {{number(2), 5}, {number(3), 7}};
    said(utimensat(AT_FDCWD, at(a[1]), times, 0));
  } else if (is("futimens")) {
    struct timespec times[2] = {{0, UTIME_OMIT}, {number(2), 9}};
    said(futimens(slot(a[1]), times));
  } else if (is("setxattr")) said(setxattr(at(a[1]), a[2], a[3], strlen(a[3]), number(4)));
  else if (is("getxattr")) content(getxattr(at(a[1]), a[2], buffer, 4096));
  else if (is("fgetxattr")) content(fgetxattr(slot(a[1]), a[2], buffer, 4096));
  else if (is("removexattr")) said(removexattr(at(a[1]), a[2]));
  else if (is("list")) list(a[1]);
  else if (is("chdir")) where(chdir(at(a[1])));
  else if (is("fchdir")) where(fchdir(slot(a[1])));
  else if (is("umask")) umask(number(1)), said(0);
  else if (is("base")) {
    for (int i = 0; i < slots; i++) {
      if (open_files[i] >= 0) close(open_files[i]);
      open_files[i] = -1;
    }
    seen_count = 0;
    umask(022);
    free((char *)base);
    base = strdup(a[1]);
    said(mkdir(base, 0755));
    said(chdir(base));
  } else printf(" unknown");
}

int main(int argc, char **argv) {
  char line[8192];
  (void)argc;
  base = strdup(argv[1]);
  for (int i = 0; i < slots; i++) open_files[i] = -1;
  while (fgets(line, sizeof line, stdin)) {
    char copy[8192], *words[8] = {0}, *rest = line;
    line[strcspn(line, "\n")] = 0;
    strcpy(copy, line);
    for (int i = 0; i < 8 && (words[i] = strsep(&rest, " ")) != NULL; i++) {}
    /* A directory for each sequence, beneath the argument. */
    char path[4096];
    if (strcmp(words[0], "base") == 0) {
      snprintf(path, sizeof path, "%s/%s", argv[1], words[1]);
      words[1] = path;
    }
    printf("%s:", copy);
    play(words, words[0]);
    putchar('\n');
  }
  return 0;
}
