/* The address of a unix socket may be as long as its path, or as the whole structure. Argument: the path. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void show(const char *path, int is_whole) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  socklen_t exact = offsetof(struct sockaddr_un, sun_path) + strlen(path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  char answer[10] = "";
  if (connect(fd, (void *)&address, is_whole ? sizeof address : exact) != 0) perror("connect");
  else if (write(fd, "hello", 5) != 5 || read(fd, answer, 5) != 5) perror("exchange");
  printf("%s\n", answer);
  close(fd);
}

int main(int argc, char **argv) {
  show(argv[argc - 1], 0);
  show(argv[argc - 1], 1);
  return 0;
}
