// Questions to name servers by libc's resolver functions: "queries". One line a question.
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

static unsigned char answer[8192];

static void say(const char *call, int length) {
    if (length < 0) {
        printf("%s: h_errno %d\n", call, h_errno);
        return;
    }
    printf("%s: code %d, %d records, %s\n", call, answer[3] & 15, answer[6] << 8 | answer[7],
           length > 512 ? "long" : "short");
}

int main(void) {
    say("SRV", res_query("_pg._tcp.e2e.internal", C_IN, T_SRV, answer, sizeof answer));
    say("TXT", res_query("large.e2e.internal", C_IN, T_TXT, answer, sizeof answer));
    say("short", res_search("db", C_IN, T_A, answer, sizeof answer));
    say("no records", res_query("text.e2e.internal", C_IN, T_A, answer, sizeof answer));
    say("no name", res_query("missing.e2e.internal", C_IN, T_A, answer, sizeof answer));
    say("domain", res_querydomain("db", "e2e.internal", C_IN, T_AAAA, answer, sizeof answer));
    unsigned char query[512];
    int length = res_mkquery(0, "missing.e2e.internal", C_IN, T_A, NULL, 0, NULL, query, sizeof query);
    query[0] = 0x12;
    int got = res_send(query, length, answer, sizeof answer);
    say("send", got);
    printf("number kept: %d\n", got > 0 && answer[0] == 0x12 && answer[1] == query[1]);
#ifdef __GLIBC__
    struct __res_state state;
    memset(&state, 0, sizeof state);
    res_ninit(&state);
    say("SRV", res_nquery(&state, "_pg._tcp.e2e.internal", C_IN, T_SRV, answer, sizeof answer));
    say("short", res_nsearch(&state, "db", C_IN, T_A, answer, sizeof answer));
    res_nclose(&state);
#endif
    return 0;
}
