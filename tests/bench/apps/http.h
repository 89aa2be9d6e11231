/* The little of HTTP/1.1 that the load and its server need. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Bytes of the first message in `text` (ended by NUL), body included; 0 while its head is not complete. */
static inline size_t http_message_length(const char *text) {
    const char *end = strstr(text, "\r\n\r\n");
    if (end == NULL) return 0;
    const char *field = strcasestr(text, "\r\ncontent-length:");
    size_t body = field != NULL && field < end ? strtoul(field + 17, NULL, 10) : 0;
    return (size_t)(end - text) + 4 + body;
}

#endif
