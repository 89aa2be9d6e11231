/* Every way of C to open and look at files, on the remote tree of files_test.ts. */
#include "report.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static void show_content(const char *name, int fd) {
  char text[64] = {0};
  errno = MARKER;
  long n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  TELL(name, "%ld %s", n, n > 0 ? text : errno_name(errno));
}

static void show_stat(const char *name, int result, const struct stat *st) {
  if (result != 0) TELL(name, "%d %s", result, errno_name(errno));
  else {
    TELL(name, "%o %ld %ld.%09ld uid %d dev %lx", st->st_mode, (long)st->st_size, (long)st->st_mtim.tv_sec,
         st->st_mtim.tv_nsec, (int)st->st_uid, (long)st->st_dev);
  }
}

static void opening(void) {
  int fd = open("/app/hello.txt", O_RDONLY);
  show_content("open", fd);
  SAY("seek", lseek(fd, 6, SEEK_SET));
  show_content("after-seek", fd);
  SAY("write", write(fd, "x", 1));
  SAY("flags", fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
  SAY("cloexec", fcntl(fd, F_GETFD));
  char *map = mmap(0, 5, PROT_READ, MAP_PRIVATE, fd, 0);
  TELL("mmap", "%.5s", map == MAP_FAILED ? "fail" : map);
  SAY("mmap-write", mmap(0, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  char piece[4] = {0};
  SAY("pread", pread(fd, piece, 3, 1));
  TELL("pread-text", "%s", piece);
  close(fd);

  SAY("lowest-close", close(0));
  SAY("lowest", open("/app/hello.txt", O_RDONLY | O_CLOEXEC));
  SAY("lowest-cloexec", fcntl(0, F_GETFD));
  SAY("missing", open("/app/missing", O_RDONLY));
  SAY("forbidden", open("/app/secret", O_RDONLY));
  SAY("broken", open("/app/broken", O_RDONLY));
  SAY("not-a-directory", open("/app/hello.txt", O_RDONLY | O_DIRECTORY));
  SAY("directory-for-writing", open("/usr/bin", O_WRONLY));
  SAY("write-stays-local", open("/app/new", O_WRONLY | O_CREAT, 0600));
  SAY("not-found-rule", open("/usr/forbidden/x", O_RDONLY));
  fd = open("/app/empty", O_RDONLY);
  SAY("empty", read(fd, piece, 1));
  close(fd);
  fd = openat(AT_FDCWD, "/app/link", O_RDONLY);
  show_content("openat-link", fd);
  close(fd);
  fd = (int)syscall(SYS_openat, AT_FDCWD, "/app/hello.txt", O_RDONLY, 0);
  show_content("raw-openat", fd);
  close(fd);
  SAY("raw-missing", syscall(SYS_openat, AT_FDCWD, "/app/missing", O_RDONLY, 0));
  fd = open("/app/big", O_RDONLY);
  long sum = 0, n;
  static unsigned char chunk[100000];
  while ((n = read(fd, chunk, sizeof chunk)) > 0) for (long i = 0; i < n; i++) sum += chunk[i];
  TELL("big-sum", "%ld", sum);
  close(fd);
}

static void streams(void) {
  char line[64];
  FILE *file = fopen("/app/hello.txt", "r");
  TELL("fopen", "%s", file && fgets(line, sizeof line, file) ? strtok(line, "\n") : "fail");
  if (file) fclose(file);
  SAY("fopen-missing", fopen("/app/missing", "re") != NULL);
  file = fopen("/dev/null", "r");
  file = freopen("/app/hello.txt", "r", file);
  TELL("freopen", "%s", file && fgets(line, sizeof line, file) ? strtok(line, "\n") : "fail");
  SAY("freopen-missing", freopen("/app/missing", "r", file) != NULL);
}

/* musl-gcc's headers are too old for it. */
static void show_statx(int fd) {
#ifdef STATX_ALL
  struct statx stx;
  long got = statx(fd, "", AT_EMPTY_PATH, STATX_ALL, &stx);
  TELL("statx", "%ld %o %llu birth %d %lld mask %d", got, stx.stx_mode, (unsigned long long)stx.stx_size,
       !!(stx.stx_mask & STATX_BTIME), (long long)stx.stx_btime.tv_sec,
       (stx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
  memset(&stx, 0, sizeof stx);
  got = syscall(SYS_statx, AT_FDCWD, "/app/link", AT_SYMLINK_NOFOLLOW, STATX_ALL, &stx);
  TELL("raw-statx", "%ld %o", got, stx.stx_mode);
#endif
}

static void looking(void) {
  struct stat st;
  show_stat("stat", stat("/app/hello.txt", &st), &st);
  show_stat("lstat", lstat("/app/link", &st), &st);
  show_stat("stat-link", stat("/app/link", &st), &st);
  int fd = open("/app/hello.txt", O_RDONLY);
  show_stat("fstat", fstat(fd, &st), &st);
  show_stat("fstatat-empty", fstatat(fd, "", &st, AT_EMPTY_PATH), &st);
  show_statx(fd);
  close(fd);
  SAY("stat-missing", stat("/app/missing", &st));
  SAY("stat-local", stat("/usr/bin", &st));
  SAY("access-read", access("/app/hello.txt", R_OK));
  SAY("access-execute", access("/app/hello.txt", X_OK));
  SAY("access-write-is-local", access("/app/hello.txt", W_OK));
  SAY("access-missing", faccessat(AT_FDCWD, "/app/missing", F_OK, AT_EACCESS));
  SAY("xattr", getxattr("/app/hello.txt", "user.x", NULL, 0));

  char text[PATH_MAX] = {0};
  SAY("readlink", readlink("/app/link", text, sizeof text));
  TELL("readlink-text", "%s", text);
  char cut[4] = "....";
  SAY("readlink-cut", readlink("/app/link", cut, 3));
  TELL("readlink-cut-text", "%.4s", cut);
  SAY("readlink-file", readlink("/app/hello.txt", text, sizeof text));
  TELL("realpath", "%s", realpath("/app/../app/link", text) ? text : "fail");
  char *made = realpath("/app/sub/../link", NULL);
  TELL("realpath-allocated", "%s", made ? made : "fail");
  free(made);
  SAY("realpath-missing", realpath("/app/missing", NULL) != NULL);

  struct statfs fs;
  struct statvfs vfs;
  long result = statfs("/app", &fs);
  TELL("statfs", "%ld %lx %ld %ld", result, (long)fs.f_type, (long)fs.f_blocks, (long)fs.f_bavail);
  result = statvfs("/app/hello.txt", &vfs);
  TELL("statvfs", "%ld %lu %lu %lx", result, (unsigned long)vfs.f_files, (unsigned long)vfs.f_namemax, vfs.f_flag);
  fd = open("/app", O_RDONLY);
  result = fstatfs(fd, &fs);
  TELL("fstatfs", "%ld %lx", result, (long)fs.f_type);
  close(fd);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void directories(void) {
  DIR *directory = opendir("/app");
  char *names[32];
  int count = 0;
  for (struct dirent *entry; directory && (entry = readdir(directory)) && count < 32;) {
    char text[300];
    snprintf(text, sizeof text, "%s:%d", entry->d_name, entry->d_type);
    names[count++] = strdup(text);
  }
  qsort(names, count, sizeof *names, by_name);
  printf("readdir");
  for (int i = 0; i < count; i++) printf(" %s", names[i]);
  putchar('\n');
  struct stat st;
  show_stat("fstatat", fstatat(dirfd(directory), "hello.txt", &st, 0), &st);
  show_stat("fstat-directory", fstat(dirfd(directory), &st), &st);
  int fd = openat(dirfd(directory), "sub/deep", O_RDONLY);
  show_content("openat-relative", fd);
  close(fd);
  SAY("openat-relative-missing", openat(dirfd(directory), "nothing", O_RDONLY));
  closedir(directory);
  SAY("opendir-file", opendir("/app/hello.txt") != NULL);
  SAY("opendir-missing", opendir("/app/missing") != NULL);
  struct dirent **list;
  SAY("scandir", scandir("/app/sub", &list, NULL, alphasort));
}

int main(void) {
  opening();
  streams();
  looking();
  directories();
  return 0;
}
