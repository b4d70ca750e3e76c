// HTTP for C: what main.c needs of wasi:http 0.2, without a bindings generator.
#pragma once
#include <stddef.h>

struct http_request {
    const char *method; // "GET", "POST", ...
    const char *path;   // with the query: "/users?page=2"
};

// Yours: is called once for each request, and has to call http_respond once.
void handle(const struct http_request *request);

// The value of the request's header of this name, or NULL.
const char *http_header(const char *name);

// The request's body, with a zero behind it. Reads it when it is called first.
const char *http_body(size_t *size);

// Adds a header to the response; before http_respond.
void http_add_header(const char *name, const char *value);

// Sends the response.
void http_respond(int status, const char *content_type, const void *body, size_t size);
