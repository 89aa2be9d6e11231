/* Name look-ups of C, on the names of names_test.ts. */
#include "report.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

static void append(char *text, size_t size, const struct addrinfo *info) {
  char ip[64] = "?", entry[128];
  if (info->ai_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)info->ai_addr)->sin_addr, ip, sizeof ip);
  else inet_ntop(AF_INET6, &((struct sockaddr_in6 *)info->ai_addr)->sin6_addr, ip, sizeof ip);
  snprintf(entry, sizeof entry, "%s%s:%d/%d/%d", *text ? " " : "", ip,
           ntohs(((struct sockaddr_in *)info->ai_addr)->sin_port), info->ai_socktype, info->ai_protocol);
  strncat(text, entry, size - strlen(text) - 1);
}

static void look(const char *name, const char *node, const char *service, const struct addrinfo *hints) {
  struct addrinfo *list = NULL;
  char text[1024] = "";
  int code = getaddrinfo(node, service, hints, &list);
  if (code != 0) {
    TELL(name, "code %d", code);
    return;
  }
  for (struct addrinfo *info = list; info; info = info->ai_next) append(text, sizeof text, info);
  if (list->ai_canonname) TELL(name, "%s name %s", text, list->ai_canonname);
  else TELL(name, "%s", text);
  freeaddrinfo(list);
}

/* Programs take lists apart before they free them: here the first node, and then the rest. */
static void trim(void) {
  for (int i = 0; i < 1000; i++) {
    struct addrinfo hints = {.ai_flags = AI_CANONNAME}, *list;
    if (getaddrinfo("two.internal", "80", &hints, &list) != 0) return;
    struct addrinfo *rest = list->ai_next;
    list->ai_next = NULL;
    freeaddrinfo(list);
    freeaddrinfo(rest);
  }
  TELL("trimmed", "1000");
}

static void show_host(const char *name, const struct hostent *host) {
  char ip[64] = "?";
  if (!host) {
    TELL(name, "none %d", h_errno);
    return;
  }
  int count = 0;
  while (host->h_addr_list[count]) count++;
  inet_ntop(host->h_addrtype, host->h_addr_list[0], ip, sizeof ip);
  TELL(name, "%s %d %d %s of %d", host->h_name, host->h_addrtype, host->h_length, ip, count);
}

static void hosts(void) {
  show_host("byname", gethostbyname("two.internal"));
  show_host("byname-missing", gethostbyname("missing.internal"));
  show_host("byname-number", gethostbyname("192.0.2.1"));
  show_host("byname2", gethostbyname2("six.internal", AF_INET6));
  show_host("byname2-no-data", gethostbyname2("one.internal", AF_INET6));
  struct in_addr four;
  inet_pton(AF_INET, "10.1.2.3", &four);
  show_host("byaddr", gethostbyaddr(&four, 4, AF_INET));
  struct hostent host, *result;
  char small[8], large[1024];
  int reason = 0;
  int code = gethostbyname_r("two.internal", &host, small, sizeof small, &result, &reason);
  TELL("r-small", "%s %d", errno_name(code), result == NULL);
  code = gethostbyname_r("two.internal", &host, large, sizeof large, &result, &reason);
  TELL("r-code", "%d %d", code, result == &host);
  show_host("r", result);
  code = gethostbyname_r("missing.internal", &host, large, sizeof large, &result, &reason);
  TELL("r-missing", "%d %d %d", code, result == NULL, reason);
  code = gethostbyaddr_r(&four, 4, AF_INET, &host, large, sizeof large, &result, &reason);
  show_host("r-byaddr", result);
}

static void reverse(void) {
  struct sockaddr_in known = {.sin_family = AF_INET, .sin_port = htons(80)}, unknown = known;
  inet_pton(AF_INET, "10.1.2.3", &known.sin_addr);
  inet_pton(AF_INET, "10.1.2.77", &unknown.sin_addr);
  char host[64] = "", service[32] = "", tiny[4];
  int code = getnameinfo((void *)&known, sizeof known, host, sizeof host, service, sizeof service, 0);
  TELL("nameinfo", "%d %s %s", code, host, service);
  code = getnameinfo((void *)&known, sizeof known, host, sizeof host, service, sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
  TELL("nameinfo-numeric", "%d %s %s", code, host, service);
  code = getnameinfo((void *)&unknown, sizeof unknown, host, sizeof host, NULL, 0, 0);
  TELL("nameinfo-unknown", "%d %s", code, host);
  TELL("nameinfo-required", "%d", getnameinfo((void *)&unknown, sizeof unknown, host, sizeof host, NULL, 0, NI_NAMEREQD));
  TELL("nameinfo-tiny", "%d", getnameinfo((void *)&known, sizeof known, tiny, sizeof tiny, NULL, 0, 0));
}

int main(void) {
  struct addrinfo stream = {.ai_socktype = SOCK_STREAM};
  struct addrinfo named = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME};
  struct addrinfo six = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET6};
  struct addrinfo mapped = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET6, .ai_flags = AI_V4MAPPED};
  struct addrinfo four = {.ai_socktype = SOCK_DGRAM, .ai_family = AF_INET};
  struct addrinfo numeric = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
  struct addrinfo passive = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET, .ai_flags = AI_PASSIVE};
  struct addrinfo strange = {.ai_socktype = 77};
  look("stream", "two.internal", "80", &stream);
  look("service", "one.internal", "https", &stream);
  look("no-service", "one.internal", NULL, &stream);
  look("bad-service", "one.internal", "no-such-service", &stream);
  look("bad-type", "one.internal", "80", &strange);
  look("no-hints", "one.internal", "80", NULL);
  look("canonical", "one.internal", "80", &named);
  look("six", "six.internal", "80", &six);
  look("six-of-four", "one.internal", "80", &six);
  look("mapped", "one.internal", "80", &mapped);
  look("four", "both.internal", "53", &four);
  look("both", "both.internal", "53", &stream);
  look("missing", "missing.internal", "80", &stream);
  look("number", "192.0.2.1", "80", &stream);
  look("short-number", "127.1", "80", &stream);
  look("number-six", "2001:db8::1", "80", &stream);
  look("numeric-only", "one.internal", "80", &numeric);
  look("digits-first", "1password.internal", "80", &stream);
  look("passive", NULL, "80", &passive);
  trim();
  hosts();
  reverse();
  char name[64];
  SAY("gethostname", gethostname(name, sizeof name));
  TELL("gethostname-text", "%s", name);
  struct utsname uts;
  uname(&uts);
  TELL("uname", "%s %s", uts.nodename, uts.sysname);
  return 0;
}
