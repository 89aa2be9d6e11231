/*
 * A long line between two network namespaces, made of a TUN device in each:
 *
 *     delay_link NAMESPACE_FILE NAMESPACE_FILE DEVICE DELAY_US BITS_PER_SECOND
 *
 * Each direction passes packets at the given rate and holds each for the delay. What finds the line full (50 ms of its rate
 * wait) is dropped, as a router does. Prints `ready` when both devices exist; ends with stdin, and the devices with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

enum { SLOTS = 4096, SLOT_BYTES = 1600, QUEUE_MS = 50 };

typedef struct {
    int64_t due_ns;
    size_t bytes;
    char content[SLOT_BYTES];
} Packet;

typedef struct {
    int in, out;
    /* When the last packet taken will have left the sender's end. */
    int64_t free_ns;
    size_t first, count;
    Packet packets[SLOTS];
} Line;

static Line lines[2];
static int64_t delay_ns;
static double ns_per_byte;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_device(const char *namespace, const char *name) {
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int place = open(namespace, O_RDONLY | O_CLOEXEC);
    if (place < 0 || setns(place, CLONE_NEWNET) != 0) fail(namespace);
    close(place);
    int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (device < 0) fail("/dev/net/tun");
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(device, TUNSETIFF, &request) != 0) fail("TUNSETIFF");
    return device;
}

/* Takes every packet that waits at the line's beginning. */
static void take(Line *line) {
    static char lost[SLOT_BYTES];
    for (;;) {
        int64_t now = now_ns();
        int is_full = line->count == SLOTS || line->free_ns - now > QUEUE_MS * 1000000LL;
        Packet *packet = &line->packets[(line->first + line->count) % SLOTS];
        ssize_t bytes = read(line->in, is_full ? lost : packet->content, SLOT_BYTES);
        if (bytes <= 0) return;
        if (is_full) continue;
        if (line->free_ns < now) line->free_ns = now;
        line->free_ns += (int64_t)((double)bytes * ns_per_byte);
        packet->bytes = (size_t)bytes;
        packet->due_ns = line->free_ns + delay_ns;
        line->count++;
    }
}

/* Gives what is due; returns the nanoseconds to the next packet, -1 without one. */
static int64_t give(Line *line) {
    for (; line->count > 0; line->count--, line->first = (line->first + 1) % SLOTS) {
        Packet *packet = &line->packets[line->first];
        int64_t left = packet->due_ns - now_ns();
        if (left > 0) return left;
        if (write(line->out, packet->content, packet->bytes) < 0 && errno != EIO) fail("write");
    }
    return -1;
}

static void run(void) {
    struct pollfd polls[] = {{lines[0].in, POLLIN, 0}, {lines[1].in, POLLIN, 0}, {0, POLLIN, 0}};
    while (polls[2].revents == 0) {
        int64_t left = give(&lines[0]), other = give(&lines[1]);
        if (left < 0 || (other >= 0 && other < left)) left = other;
        struct timespec timeout = {left / 1000000000, left % 1000000000};
        if (ppoll(polls, 3, left < 0 ? NULL : &timeout, NULL) < 0) fail("ppoll");
        take(&lines[0]);
        take(&lines[1]);
    }
}

int main(int count, char **words) {
    if (count != 6) return 2;
    delay_ns = atoll(words[4]) * 1000;
    ns_per_byte = 8e9 / atof(words[5]);
    lines[0].in = lines[1].out = open_device(words[1], words[3]);
    lines[1].in = lines[0].out = open_device(words[2], words[3]);
    setlinebuf(stdout);
    puts("ready");
    run();
    return 0;
}
