/**
 * Calls that only i386's table has, or has in another form. Arguments: a directory, a host, a UDP port of a server that
 * answers with what it got. Says what each has answered.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *name, long result) {
  printf("%s %s\n", name, result < 0 ? strerror(errno) : "done");
}

/** `struct stat` and `struct statfs` of the table, in words of 32 bits. */
static uint32_t status[64];

static void files(const char *folder) {
  char name[512], large[512], pipe[512];
  snprintf(name, sizeof name, "%s/file", folder);
  snprintf(large, sizeof large, "%s/large", folder);
  snprintf(pipe, sizeof pipe, "%s/fifo", folder);
  int file = open(name, O_CREAT | O_RDWR, 0644);
  if (file < 0 || write(file, "0123456789", 10) != 10) perror("file");
  say("truncate", syscall(SYS_truncate, name, 5));
  close(open(large, O_CREAT | O_WRONLY, 0644));
  say("truncate64", syscall(SYS_truncate64, large, 3, 1));
  say("stat", syscall(SYS_stat, large, status));
  say("truncate64", syscall(SYS_truncate64, name, 7, 0));
  say("chown", syscall(SYS_chown, name, 0xffff, 0));
  int32_t seconds[] = {1000, 2000}, micro[] = {1000, 5, 2000, 7};
  say("utime", syscall(SYS_utime, name, seconds));
  say("stat", syscall(SYS_stat, name, status));
  printf("mode %o links %u size %u accessed %u changed %u.%u\n", status[2] & 0xffff, status[2] >> 16, status[5],
         status[8], status[10], status[11]);
  say("utimes", syscall(SYS_utimes, name, micro));
  say("lstat", syscall(SYS_lstat, name, status));
  printf("changed %u.%u\n", status[10], status[11]);
  say("fstat", syscall(SYS_fstat, file, status));
  printf("size %u\n", status[5]);
  say("statfs", syscall(SYS_statfs, folder, status));
  say("fstatfs", syscall(SYS_fstatfs, file, status));
  printf("type %x names %u\n", status[0], status[9]);
  memset(status, 0, sizeof status);
  say("statfs64", syscall(SYS_statfs64, name, 84, status));
  printf("type %x names %u\n", status[0], status[14]);
  say("oldstat", syscall(SYS_oldstat, name, status));
  say("mknod", syscall(SYS_mknod, pipe, 010644, 0));
  say("unlink", syscall(SYS_unlink, pipe));
}

static void messages(const char *host, const char *port) {
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))}, sender;
  inet_pton(AF_INET, host, &peer.sin_addr);
  uint32_t made[] = {AF_INET, SOCK_DGRAM, 0};
  int fd = (int)syscall(SYS_socketcall, 1, made), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on);
  char text[64] = "", control[64];
  uint32_t sent[] = {(uint32_t)fd, (uint32_t) "words", 5, 0, (uint32_t)&peer, sizeof peer};
  say("sendto", syscall(SYS_socketcall, 11, sent));
  socklen_t length = sizeof sender;
  uint32_t received[] = {(uint32_t)fd, (uint32_t)text, sizeof text, 0, (uint32_t)&sender, (uint32_t)&length};
  say("recvfrom", syscall(SYS_socketcall, 12, received));
  printf("from %s:%u\n", inet_ntoa(sender.sin_addr), ntohs(sender.sin_port));
  struct iovec piece = {"message", 7};
  struct msghdr header = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &piece, .msg_iovlen = 1};
  uint32_t call[] = {(uint32_t)fd, (uint32_t)&header, 0};
  say("sendmsg", syscall(SYS_socketcall, 16, call));
  piece = (struct iovec){text, sizeof text};
  header = (struct msghdr){&sender, sizeof sender, &piece, 1, control, sizeof control, 0};
  say("recvmsg", syscall(SYS_socketcall, 17, call));
  struct cmsghdr *time = CMSG_FIRSTHDR(&header);
  int32_t now[2] = {0, 0};
  if (time != NULL && time->cmsg_len == CMSG_LEN(sizeof now)) memcpy(now, CMSG_DATA(time), sizeof now);
  printf("from %s:%u, a time %d\n", inet_ntoa(sender.sin_addr), ntohs(sender.sin_port), now[0] > 1500000000);
}

int main(int count, char **words) {
  if (count < 4) return 2;
  files(words[1]);
  messages(words[2], words[3]);
  return 0;
}
