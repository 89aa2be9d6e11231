/*
 * Times whole commands. Prints `ready`, reads an order a line from stdin, `COUNT WORD…`, runs the command so often with its
 * output thrown away, and answers with the milliseconds of one run, the median. Ends with stdin, or when a command fails.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { WORDS_MAX = 64 };

static posix_spawn_file_actions_t quiet;

static void run(char *words[]) {
    pid_t pid;
    int status, code = posix_spawnp(&pid, words[0], &quiet, NULL, words, environ);
    if (code != 0) {
        fprintf(stderr, "%s: %s\n", words[0], strerror(code));
        exit(1);
    }
    if (waitpid(pid, &status, 0) == pid && status == 0) return;
    fprintf(stderr, "%s ended with status %d\n", words[0], status);
    exit(1);
}

static double median_ms(char *words[], size_t count) {
    int64_t *times = calloc(count, sizeof *times);
    for (size_t index = 0; index < count; index++) {
        int64_t started = now_ns();
        run(words);
        times[index] = now_ns() - started;
    }
    sort_times(times, count);
    double median = (double)percentile(times, count, 0.5) / 1e6;
    free(times);
    return median;
}

int main(void) {
    char line[4096];
    setlinebuf(stdout);
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    puts("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS_MAX] = {0}, *count = strtok(line, " \n");
        for (int index = 0; index + 1 < WORDS_MAX; index++) {
            if ((words[index] = strtok(NULL, " \n")) == NULL) break;
        }
        if (count == NULL || words[0] == NULL) return 2;
        printf("%.3f\n", median_ms(words, (size_t)atoi(count)));
    }
    return 0;
}
