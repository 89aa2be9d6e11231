/* Every way of C to change files, on the tree of changing_test.ts: which calls succeed, and leave errno alone. */
#include "report.h"
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

static void names(int folder) {
  SAY("mkdir", mkdir("/app/a", 0751));
  SAY("mkdirat", mkdirat(folder, "b", 0700));
  SAY("rmdir", rmdir("/app/a"));
  SAY("unlink", unlink("/app/a"));
  SAY("unlinkat", unlinkat(folder, "b", AT_REMOVEDIR));
  SAY("remove", remove("/app/a"));
  SAY("rename", rename("/app/a", "/app/b"));
  SAY("renameat", renameat(folder, "a", AT_FDCWD, "/app/b"));
  SAY("renameat2", renameat2(folder, "a", folder, "b", 1));
  SAY("rename-across", rename("/app/a", "/tmp/mirrord-b"));
  SAY("link", link("/app/a", "/app/b"));
  SAY("linkat", linkat(folder, "a", folder, "b", AT_SYMLINK_FOLLOW));
  SAY("symlink", symlink("../text", "/app/b"));
  SAY("symlinkat", symlinkat("/text", folder, "b"));
  SAY("mkfifo", mkfifo("/app/f", 0640));
  SAY("mkfifoat", mkfifoat(folder, "f", 0640));
  SAY("mknod", mknod("/app/n", S_IFREG | 0600, 0));
  SAY("truncate", truncate("/app/a", 77));
}

static void attributes(int folder, int file) {
  struct timeval times[2] = {{1, 2}, {3, 4}};
  struct timespec exact[2] = {{5, 6}, {7, 8}};
  struct utimbuf seconds = {9, 10};
  SAY("chmod", chmod("/app/a", 0600));
  SAY("fchmod", fchmod(file, 0601));
  SAY("fchmodat", fchmodat(folder, "a", 0602, 0));
  SAY("chown", chown("/app/a", 1, 2));
  SAY("lchown", lchown("/app/a", 3, 4));
  SAY("fchown", fchown(file, 5, 6));
  SAY("fchownat", fchownat(folder, "a", 7, 8, AT_SYMLINK_NOFOLLOW));
  SAY("utime", utime("/app/a", &seconds));
  SAY("utimes", utimes("/app/a", times));
  SAY("lutimes", lutimes("/app/a", times));
  SAY("futimes", futimes(file, times));
  SAY("futimens", futimens(file, exact));
  SAY("utimensat", utimensat(folder, "a", exact, 0));
  SAY("futimesat", futimesat(folder, "a", times));
  SAY("setxattr", setxattr("/app/a", "user.x", "value", 5, XATTR_CREATE));
  SAY("fsetxattr", fsetxattr(file, "user.y", "value", 5, 0));
  SAY("lremovexattr", lremovexattr("/app/a", "user.x"));
  SAY("getxattr", getxattr("/app/hello.txt", "user.x", NULL, 0));
  SAY("flistxattr", flistxattr(file, NULL, 0));
}

static void raw(void) {
  SAY("raw-unlinkat", syscall(SYS_unlinkat, AT_FDCWD, "/app/raw", 0));
  SAY("raw-renameat2", syscall(SYS_renameat2, AT_FDCWD, "/app/raw", AT_FDCWD, "/app/b", 0));
  SAY("raw-fchmodat", syscall(SYS_fchmodat, AT_FDCWD, "/app/raw", 0611));
}

static void directories(void) {
  char text[PATH_MAX];
  SAY("chdir", chdir("/app"));
  TELL("getcwd", "%s", getcwd(text, sizeof text) ? text : errno_name(errno));
  char *made = get_current_dir_name();
  TELL("get_current_dir_name", "%s", made);
  free(made);
  int fd = open("hello.txt", O_RDONLY);
  TELL("relative", "%ld", (long)read(fd, text, sizeof text));
  struct stat st;
  SAY("relative-stat", stat("sub/deep", &st) == 0 ? st.st_size : -1);
  SAY("relative-missing", open("missing", O_RDONLY));
  SAY("chdir-relative", chdir("sub"));
  TELL("getcwd-below", "%s", getcwd(text, sizeof text) ? text : errno_name(errno));
  SAY("getcwd-small", getcwd(text, 5) != NULL);
  SAY("relative-unlink", unlink("deep"));
  TELL("in-child", "%d", system("cat deep; echo"));
  SAY("chdir-missing", chdir("/app/missing"));
  SAY("chdir-local", chdir("/usr/bin"));
  TELL("getcwd-local", "%s", getcwd(text, sizeof text));
}

int main(void) {
  umask(022);
  int folder = open("/app", O_RDONLY | O_DIRECTORY);
  int file = open("/app/hello.txt", O_RDWR);
  names(folder);
  attributes(folder, file);
  raw();
  SAY("fsync", fsync(file));
  SAY("fdatasync", fdatasync(file));
  SAY("inotify_add_watch", inotify_add_watch(inotify_init(), "/app/hello.txt", IN_MODIFY));
  char template[] = "/app/made-XXXXXX";
  SAY("mkdtemp", mkdtemp(template) != NULL);
  TELL("mkdtemp-name", "%d", strcmp(template, "/app/made-XXXXXX") != 0);
  SAY("close", close(file));
  directories();
  return 0;
}
