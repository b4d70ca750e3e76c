#include "http.h"
#include <stdio.h>

// Answers one request. Each has a sandbox of its own, so nothing stays in memory from one to the next.
void handle(const struct http_request *request) {
    char text[1024];
    int length = snprintf(text, sizeof text, "Hello from C: %s %s\n", request->method, request->path);
    if (length >= (int)sizeof text) length = sizeof text - 1;
    http_respond(200, "text/plain; charset=utf-8", text, length);
}
