// Every call that sends a datagram to an address, or tells a sender: "datagrams ADDRESS PORT NAME". A line for each.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_in server;
static char buffer[256];
static volatile int handled;

static int open_socket(void) {
    struct timeval limit = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

// What came, without the server's view of us, and from whom.
static void say(const char *call, long length, const struct sockaddr_in *from) {
    if (length < 0) {
        printf("%s: %s\n", call, (errno == EINTR ? "EINTR" : errno == EAGAIN ? "EAGAIN" : strerror(errno)));
        return;
    }
    buffer[length] = 0;
    char *text = strchr(buffer, ' ');
    printf("%s: %s from %s:%d\n", call, text ? text + 1 : "?", inet_ntoa(from->sin_addr), ntohs(from->sin_port));
}

static void with_addresses(int fd) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    sendto(fd, "words", 5, 0, (struct sockaddr *)&server, sizeof server);
    say("recvfrom", recvfrom(fd, buffer, sizeof buffer - 1, 0, (struct sockaddr *)&from, &size), &from);
    printf("length %u\n", size);
}

static void with_headers(int fd) {
    struct sockaddr_in from;
    char first[4], rest[250];
    struct iovec out[2] = {{"two ", 4}, {"parts", 5}}, in[2] = {{first, 4}, {rest, sizeof rest - 1}};
    struct msghdr sent = {.msg_name = &server, .msg_namelen = sizeof server, .msg_iov = out, .msg_iovlen = 2};
    struct msghdr got = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 2};
    sendmsg(fd, &sent, 0);
    long length = recvmsg(fd, &got, 0);
    if (length > 0) {
        memcpy(buffer, first, 4);
        memcpy(buffer + 4, rest, (size_t)length - 4);
    }
    say("recvmsg", length, &from);
}

static void with_many(int fd) {
    struct sockaddr_in from[3];
    char room[3][100];
    struct iovec out[3] = {{"a", 1}, {"b", 1}, {"c", 1}}, in[3];
    struct mmsghdr sent[3] = {0}, got[3] = {0};
    for (int i = 0; i < 3; i++) {
        in[i] = (struct iovec){room[i], sizeof room[i] - 1};
        sent[i].msg_hdr = (struct msghdr){.msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &out[i], .msg_iovlen = 1};
        got[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &in[i], .msg_iovlen = 1};
    }
    int sum = 0;
    while (sum < 3) {
        int count = sendmmsg(fd, sent + sum, 3 - (unsigned)sum, 0);
        if (count <= 0) break;
        sum += count;
    }
    printf("sent %d of %u\n", sum, sent[2].msg_len);
    for (int have = 0; have < 3;) {
        int count = recvmmsg(fd, got, 3, MSG_WAITFORONE, NULL);
        if (count <= 0) {
            printf("recvmmsg: %s\n", (errno == EINTR ? "EINTR" : errno == EAGAIN ? "EAGAIN" : strerror(errno)));
            return;
        }
        for (int i = 0; i < count; i++) {
            memcpy(buffer, room[i], got[i].msg_len);
            say("recvmmsg", got[i].msg_len, &from[i]);
        }
        have += count;
    }
}

static void on_alarm(int number) {
    handled = number;
}

// A wait that a signal ends, one that goes on after it, and one that the socket's own limit ends.
static void interrupted(int fd) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval soon = {.it_value = {.tv_usec = 100000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    say("signal", recvfrom(fd, buffer, sizeof buffer - 1, 0, (struct sockaddr *)&from, &size), &from);
    printf("handled %d\n", handled == SIGALRM);
    struct timeval limit = {.tv_usec = 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    say("limit", recvfrom(fd, buffer, sizeof buffer - 1, 0, (struct sockaddr *)&from, &size), &from);
}

static void names(const char *name) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int code = getaddrinfo(name, "80", &hints, &list);
    if (code != 0) {
        printf("getaddrinfo: %d\n", code);
        return;
    }
    struct sockaddr_in *found = (struct sockaddr_in *)list->ai_addr;
    printf("getaddrinfo: %s:%d\n", inet_ntoa(found->sin_addr), ntohs(found->sin_port));
    freeaddrinfo(list);
}

int main(int count, char **words) {
    if (count != 4) return 2;
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[2]))};
    inet_aton(words[1], &server.sin_addr);
    setlinebuf(stdout);
    int fd = open_socket();
    with_addresses(fd);
    with_headers(fd);
    with_many(fd);
    interrupted(fd);
    names(words[3]);
    return 0;
}
