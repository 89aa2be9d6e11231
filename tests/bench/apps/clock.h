/* Time and percentiles. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static inline int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static inline void sort_times(int64_t *times, size_t count) { qsort(times, count, sizeof *times, compare_times); }

/* Of sorted times; `share` from 0 to 1. */
static inline int64_t percentile(const int64_t *times, size_t count, double share) {
    return times[(size_t)((double)(count - 1) * share)];
}

#endif
