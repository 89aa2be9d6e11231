/** What a 32-bit program sees: file, size, time, link, host name, and the answer of an HTTP server. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int count, char **words) {
  if (count < 5) return 2;
  char text[256] = "", link[256] = "", answer[512] = "";
  int file = open(words[1], O_RDONLY);
  if (file < 0 || read(file, text, sizeof text - 1) < 0) perror("open");
  struct stat status, opened;
  if (stat(words[1], &status) != 0 || fstat(file, &opened) != 0) perror("stat");
  if (readlink(words[2], link, sizeof link - 1) < 0) perror("readlink");
  struct utsname names;
  uname(&names);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[4]))};
  inet_pton(AF_INET, words[3], &address.sin_addr);
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) perror("connect");
  const char request[] = "GET / HTTP/1.0\r\n\r\n";
  if (write(connection, request, sizeof request - 1) < 0) perror("write");
  for (ssize_t have = 0, n; have < (ssize_t)sizeof answer - 1; have += n) {
    n = read(connection, answer + have, sizeof answer - 1 - have);
    if (n <= 0) break;
  }
  const char *body = strstr(answer, "\r\n\r\n");
  printf("%zu %s%ld %ld %d\n%s\n%s\n%s\n", sizeof(long), text, (long)status.st_size, (long)status.st_mtime,
         status.st_ino == opened.st_ino, link, names.nodename, body == NULL ? "no answer" : body + 4);
  return 0;
}
