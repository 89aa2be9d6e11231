/* One line a fact: `name value errno-name`. errno is set to a marker before each call, so that a success which touches it
 * shows as one. */
#ifndef REPORT_H
#define REPORT_H
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MARKER 4095

static const char *errno_name(int value) {
  static char text[16];
  switch (value) {
    case MARKER: return "untouched";
#define NAME(name) case name: return #name;
    NAME(ENOENT) NAME(EIO) NAME(EBADF) NAME(EACCES) NAME(EEXIST) NAME(ENOTDIR) NAME(EISDIR) NAME(EINVAL) NAME(ENXIO)
    NAME(EPERM) NAME(EINTR) NAME(EAGAIN) NAME(ENOMEM) NAME(ERANGE) NAME(ENOSYS) NAME(EADDRINUSE) NAME(ECONNREFUSED)
    NAME(EINPROGRESS) NAME(EALREADY) NAME(EISCONN) NAME(ENETUNREACH) NAME(EHOSTUNREACH) NAME(ETIMEDOUT) NAME(ENOTCONN)
    NAME(ENAMETOOLONG) NAME(ESTALE) NAME(ENODEV) NAME(ENOTSUP) NAME(EADDRNOTAVAIL) NAME(EAFNOSUPPORT) NAME(EFAULT)
    NAME(ELOOP) NAME(ENOTSOCK) NAME(EXDEV) NAME(ENOEXEC)
#undef NAME
  }
  snprintf(text, sizeof text, "%d", value);
  return text;
}

#define SAY(name, expression) do { \
    errno = MARKER; \
    long long value_ = (long long)(expression); \
    int errno_ = errno; \
    printf("%s %lld %s\n", name, value_, errno_name(errno_)); \
    fflush(stdout); \
  } while (0)

#define TELL(name, ...) do { printf("%s ", name); printf(__VA_ARGS__); putchar('\n'); fflush(stdout); } while (0)
#endif
