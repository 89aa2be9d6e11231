/*
 * The other end of every measurement, in a pod, in a local target and under mirrord alike:
 *
 *     server SERVICE…
 *
 * `http PORT` answers every request with 1000 bytes; `echo PORT` gives every byte back; `source PORT` reads a count (8 bytes,
 * little-endian) and sends so many bytes; `sink PORT` reads a count and so many bytes, and answers with the count;
 * `file PATH BYTES` makes a file whose content does not repeat. Prints `ready`; after each line on stdin, the number of HTTP requests so far.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http.h"

enum { BODY_BYTES = 1000, MESSAGE_BYTES = 16 * 1024, BLOCK_BYTES = 256 * 1024 };

typedef struct {
    int fd;
    int is_listener;
    size_t filled;
    char text[MESSAGE_BYTES + 1];
} Peer;

static char answer[BODY_BYTES + 100];
static size_t answer_bytes;
static unsigned long requests;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int listen_on(int port, int flags) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(fd, 128) != 0) fail("listen");
    return fd;
}

static int write_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written <= 0) return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

static void echo(int fd, char *block) {
    ssize_t count;
    while ((count = read(fd, block, BLOCK_BYTES)) > 0) {
        if (write_all(fd, block, (size_t)count) != 0) return;
    }
}

static void source(int fd, char *block) {
    uint64_t left;
    if (recv(fd, &left, sizeof left, MSG_WAITALL) != sizeof left) return;
    memset(block, 'x', BLOCK_BYTES);
    for (; left > 0; left -= left < BLOCK_BYTES ? left : BLOCK_BYTES) {
        if (write_all(fd, block, left < BLOCK_BYTES ? left : BLOCK_BYTES) != 0) return;
    }
}

static void sink(int fd, char *block) {
    uint64_t total, left;
    if (recv(fd, &total, sizeof total, MSG_WAITALL) != sizeof total) return;
    for (left = total; left > 0;) {
        ssize_t count = read(fd, block, left < BLOCK_BYTES ? left : BLOCK_BYTES);
        if (count <= 0) return;
        left -= (uint64_t)count;
    }
    write_all(fd, (char *)&total, sizeof total);
}

typedef struct {
    int fd;
    void (*speak)(int fd, char *block);
} Task;

static void start(void *(*run)(void *), Task task) {
    Task *copy = malloc(sizeof task);
    pthread_t thread;
    *copy = task;
    if (pthread_create(&thread, NULL, run, copy) != 0) fail("pthread_create");
    pthread_detach(thread);
}

static void *serve_one(void *argument) {
    Task *task = argument;
    char *block = malloc(BLOCK_BYTES);
    int on = 1;
    setsockopt(task->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    task->speak(task->fd, block);
    close(task->fd);
    free(block);
    free(task);
    return NULL;
}

static void *accept_all(void *argument) {
    Task *task = argument;
    for (;;) {
        int fd = accept4(task->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) start(serve_one, (Task){fd, task->speak});
    }
    return NULL;
}

static void watch(int poll, int fd, int is_listener) {
    Peer *peer = calloc(1, sizeof *peer);
    peer->fd = fd;
    peer->is_listener = is_listener;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){EPOLLIN, {.ptr = peer}}) != 0) fail("epoll_ctl");
}

static void accept_http(int poll, Peer *listener) {
    int fd, on = 1;
    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(poll, fd, 0);
    }
}

/* One read, an answer to each request that is complete by it; -1 when the connection is over. */
static int serve_http(Peer *peer) {
    ssize_t count = read(peer->fd, peer->text + peer->filled, MESSAGE_BYTES - peer->filled);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count <= 0) return -1;
    peer->filled += (size_t)count;
    for (;;) {
        peer->text[peer->filled] = 0;
        size_t length = http_message_length(peer->text);
        if (length == 0 || length > peer->filled) return 0;
        requests++;
        if (write_all(peer->fd, answer, answer_bytes) != 0) return -1;
        peer->filled -= length;
        memmove(peer->text, peer->text + length, peer->filled);
    }
}

static void report(int poll) {
    char line[64];
    if (read(0, line, sizeof line) > 0) printf("%lu\n", requests);
    else epoll_ctl(poll, EPOLL_CTL_DEL, 0, NULL);
}

static void serve(int poll) {
    struct epoll_event events[64];
    for (;;) {
        int count = epoll_wait(poll, events, 64, -1);
        for (int index = 0; index < count; index++) {
            Peer *peer = events[index].data.ptr;
            if (peer == NULL) report(poll);
            else if (peer->is_listener) accept_http(poll, peer);
            else if (serve_http(peer) != 0) {
                close(peer->fd);
                free(peer);
            }
        }
    }
}

static void make_file(const char *path, long bytes) {
    FILE *file = fopen(path, "w");
    if (file == NULL) fail(path);
    for (uint32_t value = 1; bytes > 0; bytes -= sizeof value) {
        value = value * 1664525u + 1013904223u;
        fwrite(&value, 1, bytes < (long)sizeof value ? (size_t)bytes : sizeof value, file);
    }
    if (fclose(file) != 0) fail(path);
}

int main(int count, char **words) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    char body[BODY_BYTES + 1] = {0};
    memset(body, 'x', BODY_BYTES);
    answer_bytes = (size_t)sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", BODY_BYTES, body);
    signal(SIGPIPE, SIG_IGN);
    setlinebuf(stdout);
    for (int index = 1; index + 1 < count; index += 2) {
        const char *service = words[index], *value = words[index + 1];
        if (strcmp(service, "file") == 0) make_file(value, atol(words[++index + 1]));
        else if (strcmp(service, "http") == 0) watch(poll, listen_on(atoi(value), SOCK_NONBLOCK), 1);
        else {
            void (*speak)(int, char *) = service[0] == 'e' ? echo : service[1] == 'o' ? source : sink;
            start(accept_all, (Task){listen_on(atoi(value), 0), speak});
        }
    }
    epoll_ctl(poll, EPOLL_CTL_ADD, 0, &(struct epoll_event){EPOLLIN, {.ptr = NULL}});
    puts("ready");
    serve(poll);
}
