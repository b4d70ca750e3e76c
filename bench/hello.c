// What runs in the container: answers every request with BODY, one connection after the other.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void leave(int number) {
    (void)number;
    _exit(0);
}

static void answer(int connection) {
    char request[4096], response[4096];
    int length = snprintf(response, sizeof response,
                          "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n%s",
                          strlen(BODY), BODY);
    if (read(connection, request, sizeof request) > 0) (void)!write(connection, response, length);
    close(connection);
}

int main(int count, char **words) {
    // The first process of a container is not ended by a signal that it does not handle.
    signal(SIGTERM, leave);
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(count > 1 ? atoi(words[1]) : 8080);
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) {
        perror("listen");
        return 1;
    }
    for (;;) {
        int connection = accept(listener, 0, 0);
        if (connection >= 0) answer(connection);
    }
}
