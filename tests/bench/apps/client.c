/*
 * Measures what an ordinary program sees, under mirrord or beside `kubectl port-forward`. Prints `ready`, reads an order a line
 * from stdin and answers each with a line of JSON; ends with stdin.
 *
 *     download HOST PORT BYTES    from a `source`; {"seconds"}
 *     upload HOST PORT BYTES      to a `sink`; {"seconds"}
 *     echo HOST PORT COUNT        64-byte round trips on one connection; {"p50Us","p99Us"}
 *     connect HOST PORT COUNT     a connection each: connect, 64 bytes there and back, close; {"p50Us","p99Us"}
 *     read PATH BLOCK             a file from its open to its end, in reads of BLOCK bytes; {"seconds","bytes"}
 *     write PATH BLOCK BYTES      a new file, in writes of BLOCK bytes, until it is safe (fsync); {"seconds"}
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum { BLOCK_BYTES = 256 * 1024, MESSAGE_BYTES = 64 };

static char block[1 << 20];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int connect_to(const char *host, int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail(host);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void write_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written <= 0) fail("write");
        bytes += written;
        count -= (size_t)written;
    }
}

static void read_exactly(int fd, size_t count) {
    for (ssize_t got; count > 0; count -= (size_t)got) {
        got = read(fd, block, count < BLOCK_BYTES ? count : BLOCK_BYTES);
        if (got <= 0) fail("read");
    }
}

static void print_seconds(int64_t started) { printf("{\"seconds\":%.6f}\n", (double)(now_ns() - started) / 1e9); }

static void download(const char *host, int port, uint64_t bytes) {
    int64_t started = now_ns();
    int fd = connect_to(host, port);
    write_all(fd, (char *)&bytes, sizeof bytes);
    read_exactly(fd, bytes);
    print_seconds(started);
    close(fd);
}

static void upload(const char *host, int port, uint64_t bytes) {
    int64_t started = now_ns();
    int fd = connect_to(host, port);
    write_all(fd, (char *)&bytes, sizeof bytes);
    for (uint64_t left = bytes; left > 0;) {
        size_t size = left < BLOCK_BYTES ? left : BLOCK_BYTES;
        write_all(fd, block, size);
        left -= size;
    }
    read_exactly(fd, sizeof bytes);
    print_seconds(started);
    close(fd);
}

static void print_percentiles(int64_t *times, size_t count) {
    sort_times(times, count);
    double p50 = (double)percentile(times, count, 0.5) / 1e3, p99 = (double)percentile(times, count, 0.99) / 1e3;
    printf("{\"p50Us\":%.1f,\"p99Us\":%.1f}\n", p50, p99);
    free(times);
}

static void round_trip(int fd) {
    write_all(fd, block, MESSAGE_BYTES);
    read_exactly(fd, MESSAGE_BYTES);
}

static void echo(const char *host, int port, size_t count) {
    int64_t *times = calloc(count, sizeof *times);
    int fd = connect_to(host, port);
    round_trip(fd);
    for (size_t index = 0; index < count; index++) {
        int64_t started = now_ns();
        round_trip(fd);
        times[index] = now_ns() - started;
    }
    close(fd);
    print_percentiles(times, count);
}

static void connect_each(const char *host, int port, size_t count) {
    int64_t *times = calloc(count, sizeof *times);
    for (size_t index = 0; index < count; index++) {
        int64_t started = now_ns();
        int fd = connect_to(host, port);
        round_trip(fd);
        times[index] = now_ns() - started;
        close(fd);
    }
    print_percentiles(times, count);
}

static void read_file(const char *path, size_t size) {
    int64_t started = now_ns();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long long total = 0;
    ssize_t count;
    if (fd < 0) fail(path);
    while ((count = read(fd, block, size)) > 0) total += count;
    if (count < 0) fail(path);
    double seconds = (double)(now_ns() - started) / 1e9;
    printf("{\"seconds\":%.6f,\"bytes\":%lld}\n", seconds, total);
    close(fd);
}

static void write_file(const char *path, size_t size, size_t bytes) {
    int64_t started = now_ns();
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) fail(path);
    for (size_t left = bytes; left > 0;) {
        size_t count = left < size ? left : size;
        memset(block, (int)(1 + left % 251), count);
        write_all(fd, block, count);
        left -= count;
    }
    if (fsync(fd) != 0) fail("fsync");
    if (close(fd) != 0) fail("close");
    print_seconds(started);
}

int main(void) {
    char line[512], verb[16], place[256];
    long port, amount;
    setlinebuf(stdout);
    puts("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        int fields = sscanf(line, "%15s %255s %ld %ld", verb, place, &port, &amount);
        if (fields == 3 && strcmp(verb, "read") == 0) read_file(place, (size_t)port);
        else if (fields != 4) return 2;
        else if (strcmp(verb, "write") == 0) write_file(place, (size_t)port, (size_t)amount);
        else if (strcmp(verb, "download") == 0) download(place, (int)port, (uint64_t)amount);
        else if (strcmp(verb, "upload") == 0) upload(place, (int)port, (uint64_t)amount);
        else if (strcmp(verb, "echo") == 0) echo(place, (int)port, (size_t)amount);
        else if (strcmp(verb, "connect") == 0) connect_each(place, (int)port, (size_t)amount);
        else return 2;
    }
    return 0;
}
