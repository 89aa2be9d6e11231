/* gethostbyname of each argument. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    struct hostent *host = gethostbyname(argv[i]);
    if (host == NULL) printf("error %d\n", h_errno);
    else printf("%s %s\n", host->h_name, inet_ntoa(*(struct in_addr *)host->h_addr_list[0]));
  }
  return 0;
}
