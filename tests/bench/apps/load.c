/*
 * HTTP clients with keep-alive connections and a body of 1000 bytes in each request:
 *
 *     load HOST PORT CONNECTIONS SECONDS REQUESTS_PER_SECOND
 *
 * With a rate of 0 each connection sends its next request when it has its answer. Prints
 * {"requests","failed","perSecond","p50Us","p99Us"}; `failed` counts connections that ended early.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"

enum { BODY_BYTES = 1000, MESSAGE_BYTES = 16 * 1024, CONNECTIONS_MAX = 1024, TIMES_MAX = 4 << 20 };

typedef struct {
    int fd;
    int64_t sent_ns;
    size_t filled;
    char text[MESSAGE_BYTES + 1];
} Client;

static Client clients[CONNECTIONS_MAX];
/* Those without a request under way. */
static Client *idle[CONNECTIONS_MAX];
static int idle_count, busy_count, failed;
static int64_t times[TIMES_MAX];
static size_t answered;
static char request[BODY_BYTES + 200];
static size_t request_bytes;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void open_connection(Client *client, int poll, const struct sockaddr_in *address) {
    int on = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client->fd, (const struct sockaddr *)address, sizeof *address) != 0) fail("connect");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(poll, EPOLL_CTL_ADD, client->fd, &(struct epoll_event){EPOLLIN, {.ptr = client}});
    idle[idle_count++] = client;
}

static void give_up(Client *client) {
    close(client->fd);
    failed++;
}

static void send_request(void) {
    Client *client = idle[--idle_count];
    client->sent_ns = now_ns();
    if (write(client->fd, request, request_bytes) == (ssize_t)request_bytes) busy_count++;
    else give_up(client);
}

/* Takes what has come; the client is idle again when its answer is complete. */
static void receive(Client *client) {
    ssize_t count = read(client->fd, client->text + client->filled, MESSAGE_BYTES - client->filled);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        busy_count--;
        give_up(client);
        return;
    }
    client->filled += (size_t)count;
    client->text[client->filled] = 0;
    size_t length = http_message_length(client->text);
    if (length == 0 || client->filled < length) return;
    client->filled = 0;
    if (answered < TIMES_MAX) times[answered++] = now_ns() - client->sent_ns;
    busy_count--;
    idle[idle_count++] = client;
}

static void wait_for_answers(int poll, int64_t until_ns) {
    struct epoll_event events[64];
    int64_t left = until_ns - now_ns();
    if (left < 0) left = 0;
    struct timespec timeout = {left / 1000000000, left % 1000000000};
    int count = epoll_pwait2(poll, events, 64, &timeout, NULL);
    for (int index = 0; index < count; index++) receive(events[index].data.ptr);
}

/* Returns the nanoseconds it took. */
static int64_t run(int poll, double seconds, double rate) {
    int64_t started = now_ns(), end = started + (int64_t)(seconds * 1e9), grace = end + 5000000000LL;
    double interval = rate > 0 ? 1e9 / rate : 0;
    for (long number = 0; now_ns() < end && idle_count + busy_count > 0;) {
        int64_t due = started + (int64_t)((double)number * interval);
        for (; idle_count > 0 && due <= now_ns(); due = started + (int64_t)((double)++number * interval)) send_request();
        wait_for_answers(poll, idle_count > 0 && due < end ? due : end);
    }
    int64_t elapsed = now_ns() - started;
    while (busy_count > 0 && now_ns() < grace) wait_for_answers(poll, grace);
    failed += busy_count;
    return elapsed;
}

int main(int count, char **words) {
    if (count != 6) return 2;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[2]))};
    char body[BODY_BYTES + 1] = {0};
    int poll = epoll_create1(EPOLL_CLOEXEC), connections = atoi(words[3]);
    if (inet_pton(AF_INET, words[1], &address.sin_addr) != 1 || connections > CONNECTIONS_MAX) return 2;
    memset(body, 'x', BODY_BYTES);
    request_bytes = (size_t)sprintf(
        request, "POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%s", BODY_BYTES, body);
    for (int index = 0; index < connections; index++) open_connection(&clients[index], poll, &address);
    int64_t elapsed = run(poll, atof(words[4]), atof(words[5]));
    if (answered == 0) return 1;
    sort_times(times, answered);
    printf("{\"requests\":%zu,\"failed\":%d,\"perSecond\":%.0f,\"p50Us\":%.1f,\"p99Us\":%.1f}\n", answered, failed,
           (double)answered / ((double)elapsed / 1e9), (double)percentile(times, answered, 0.5) / 1e3,
           (double)percentile(times, answered, 0.99) / 1e3);
    return 0;
}
