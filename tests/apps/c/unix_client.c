// "unix_client PATH": says x to a unix socket, and what came back from whom. Without a path: whether there is IPv6.
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **words) {
    if (count < 2) {
        puts(socket(AF_INET6, SOCK_STREAM, 0) < 0 ? "no IPv6" : "IPv6");
        return 0;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX}, peer;
    socklen_t size = sizeof peer;
    char text[99] = "";
    strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        return 1;
    }
    write(fd, "x", 1);
    for (size_t have = 0; have < 6;) {
        ssize_t n = read(fd, text + have, sizeof text - 1 - have);
        if (n <= 0) return 1;
        have += (size_t)n;
    }
    getpeername(fd, (struct sockaddr *)&peer, &size);
    printf("%s from %.*s\n", text, (int)(size - offsetof(struct sockaddr_un, sun_path) - 1), peer.sun_path);
    return 0;
}
