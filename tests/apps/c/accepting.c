// Waits in accept: until a signal, until the socket's own limit, and over a signal that restarts it until a connection.
// "accepting PORT"
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile int handled;
static struct sockaddr_in own;

static void on_alarm(int number) {
    handled = number;
}

static const char *accepted(int listener) {
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0) return "yes";
    return errno == EINTR ? "interrupted" : errno == EAGAIN ? "limit" : "failed";
}

static const char *with_signal(int listener, int flags) {
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerval soon = {.it_value = {.tv_usec = 100000}};
    handled = 0;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    return accepted(listener);
}

static void *connect_soon(void *context) {
    usleep(300000);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect(fd, (struct sockaddr *)&own, sizeof own);
    return context;
}

int main(int count, char **words) {
    struct timeval limit = {.tv_usec = 400000}, none = {0};
    if (count != 2) return 2;
    own = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 5) != 0) return 1;
    const char *outcome = with_signal(listener, 0);
    printf("signal: %s, %s\n", outcome, handled ? "handled" : "not handled");
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    printf("limit: %s\n", accepted(listener));
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
    pthread_t thread;
    pthread_create(&thread, NULL, connect_soon, NULL);
    outcome = with_signal(listener, SA_RESTART);
    printf("restarted: %s, %s\n", outcome, handled ? "handled" : "not handled");
    return 0;
}
