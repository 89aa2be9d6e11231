// getaddrinfo_a in its ways: "asynchronous_names NAME". One line each.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int told;

static void by_thread(union sigval value) {
    told = value.sival_int;
}

static void by_signal(int number, siginfo_t *information, void *context) {
    (void)number;
    (void)context;
    told = information->si_value.sival_int;
}

static void say(const char *way, struct gaicb *request) {
    int code = gai_error(request);
    struct sockaddr_in *found = code == 0 ? (struct sockaddr_in *)request->ar_result->ai_addr : NULL;
    printf("%s: %d %s told %d\n", way, code, found ? inet_ntoa(found->sin_addr) : "-", told);
    if (found) freeaddrinfo(request->ar_result);
    told = 0;
}

// Waits until the notification has come, a second at most.
static void settle(void) {
    for (int i = 0; i < 100 && told == 0; i++) usleep(10000);
}

int main(int count, char **words) {
    struct addrinfo hints = {.ai_family = AF_INET};
    struct gaicb request = {.ar_name = words[count - 1], .ar_request = &hints}, missing = {.ar_name = "missing.internal"};
    struct gaicb *list[] = {&request, &missing};
    if (getaddrinfo_a(GAI_WAIT, list, 2, NULL) != 0) return 1;
    say("waiting", &request);
    say("missing", &missing);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = by_thread, .sigev_value.sival_int = 7};
    getaddrinfo_a(GAI_NOWAIT, list, 1, &event);
    settle();
    say("thread", &request);
    struct sigaction action = {.sa_sigaction = by_signal, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 8};
    getaddrinfo_a(GAI_NOWAIT, list, 1, &event);
    settle();
    say("signal", &request);
    struct gaicb own = {.ar_name = "127.0.0.1", .ar_request = &hints};
    list[0] = &own;
    const struct gaicb *const waited[] = {&own};
    getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
    gai_suspend(waited, 1, NULL);
    say("number", &own);
    return 0;
}
