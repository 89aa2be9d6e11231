/*
 * Measures calls that stay on this machine. Prints `ready`, reads an order a line from stdin, `CALL COUNT`, and answers with
 * the nanoseconds of one call: the median of batches, so that what interrupts one of them doesn't count. Ends with stdin.
 *
 * `spawn` starts a child and waits for its end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { BATCH_CALLS = 50 };

static const char *library = "/usr/lib/os-release";
static int file, connection;
static struct stat facts;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void call_open(void) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("open");
    close(fd);
}

static void call_stat(void) {
    if (stat(library, &facts) != 0) fail("stat");
}

static void call_access(void) {
    if (access(library, R_OK) != 0) fail("access");
}

static void call_fstat(void) {
    if (fstat(file, &facts) != 0) fail("fstat");
}

static void call_write(void) {
    if (write(file, "x", 1) != 1) fail("write");
}

static void call_getsockname(void) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (getsockname(connection, (struct sockaddr *)&address, &length) != 0) fail("getsockname");
}

static void call_socket(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    close(fd);
}

static void call_spawn(void) {
    char *words[] = {"/bin/true", NULL};
    pid_t pid;
    int status;
    if (posix_spawn(&pid, words[0], NULL, NULL, words, environ) != 0) fail("posix_spawn");
    if (waitpid(pid, &status, 0) != pid || status != 0) fail("waitpid");
}

static const struct {
    const char *name;
    void (*call)(void);
    int per_batch;
} calls[] = {
    {"open", call_open, BATCH_CALLS},
    {"stat", call_stat, BATCH_CALLS},
    {"access", call_access, BATCH_CALLS},
    {"fstat", call_fstat, BATCH_CALLS},
    {"write", call_write, BATCH_CALLS},
    {"getsockname", call_getsockname, BATCH_CALLS},
    {"socket", call_socket, BATCH_CALLS},
    {"spawn", call_spawn, 1},
};

static void measure(void (*call)(void), int per_batch, size_t batches) {
    int64_t *times = calloc(batches, sizeof *times);
    for (size_t batch = 0; batch < batches; batch++) {
        int64_t started = now_ns();
        for (int index = 0; index < per_batch; index++) call();
        times[batch] = now_ns() - started;
    }
    sort_times(times, batches);
    printf("%.1f\n", (double)percentile(times, batches, 0.5) / per_batch);
    free(times);
}

int main(void) {
    char line[128], name[32];
    long count;
    setlinebuf(stdout);
    file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    puts("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "%31s %ld", name, &count) != 2) return 2;
        for (size_t index = 0; index < sizeof calls / sizeof *calls; index++) {
            int per_batch = calls[index].per_batch;
            if (strcmp(calls[index].name, name) == 0) measure(calls[index].call, per_batch, (size_t)(count / per_batch));
        }
    }
    return 0;
}
