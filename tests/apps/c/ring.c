/**
 * Asks for an io_uring, and says how that went: "syscall" by libc's syscall(2), "instruction" by itself, "library" by
 * liburing (if compiled with it).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef WITH_LIBURING
#include <liburing.h>
#endif

static char parameters[120];

/** A descriptor or −errno. */
static long make(const char *how) {
#ifdef WITH_LIBURING
  struct io_uring ring;
  if (strcmp(how, "library") == 0) return io_uring_queue_init(4, &ring, 0);
#endif
#ifdef __x86_64__
  if (strcmp(how, "instruction") == 0) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_io_uring_setup), "D"(4), "S"(parameters)
                     : "rcx", "r11", "memory");
    return result;
  }
#endif
  long result = syscall(SYS_io_uring_setup, 4, parameters);
  return result < 0 ? -errno : result;
}

int main(int count, char **words) {
  for (int i = 1; i < count; i++) {
    long result = make(words[i]);
    printf("%s: %s\n", words[i], result < 0 ? strerror((int)-result) : "a ring");
  }
  return 0;
}
