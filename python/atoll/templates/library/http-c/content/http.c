// The canonical ABI of wasi:http 0.2 by hand, without a bindings generator.
// A result lies in memory: one byte says whether it is an error, and the value stands 4 bytes further.
#include "http.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))
#define TYPES "wasi:http/types@0.2.12"
#define STREAMS "wasi:io/streams@0.2.12"
#define PORTION 4096 // what one blocking write may carry

typedef struct { const char *start; uint32_t size; } list;
typedef struct { uint8_t is_some; list value; } option_string;
typedef struct { uint8_t tag; list other; } method;
typedef struct { uint8_t is_error; int32_t handle; uint8_t rest[48]; } handle_result;
typedef struct { uint8_t is_error; list value; } list_result;

IMPORT(TYPES, "[method]incoming-request.method") void request_method(int32_t self, method *result);
IMPORT(TYPES, "[method]incoming-request.path-with-query") void request_path(int32_t self, option_string *result);
IMPORT(TYPES, "[method]incoming-request.headers") int32_t request_headers(int32_t self);
IMPORT(TYPES, "[method]incoming-request.consume") void request_consume(int32_t self, handle_result *result);
IMPORT(TYPES, "[method]incoming-body.stream") void body_stream(int32_t self, handle_result *result);
IMPORT(TYPES, "[constructor]fields") int32_t fields_new(void);
IMPORT(TYPES, "[method]fields.get") void fields_get(int32_t self, const char *name, uint32_t size, list *result);
IMPORT(TYPES, "[method]fields.append")
void fields_append(int32_t self, const char *name, uint32_t name_size, const char *value, uint32_t size, void *result);
IMPORT(TYPES, "[constructor]outgoing-response") int32_t response_new(int32_t headers);
IMPORT(TYPES, "[method]outgoing-response.set-status-code") int32_t response_set_status(int32_t self, int32_t status);
IMPORT(TYPES, "[method]outgoing-response.body") void response_body(int32_t self, handle_result *result);
IMPORT(TYPES, "[static]response-outparam.set")
void outparam_set(
    int32_t self, int32_t is_error, int32_t response, int32_t, int64_t, int32_t, int32_t, int32_t, int32_t
);
IMPORT(TYPES, "[method]outgoing-body.write") void body_write(int32_t self, handle_result *result);
IMPORT(TYPES, "[static]outgoing-body.finish")
void body_finish(int32_t self, int32_t some, int32_t trailers, void *result);
IMPORT(STREAMS, "[method]input-stream.blocking-read")
void stream_read(int32_t self, int64_t most, list_result *result);
IMPORT(STREAMS, "[method]output-stream.blocking-write-and-flush")
void stream_write(int32_t self, const char *bytes, uint32_t size, void *result);
IMPORT(STREAMS, "[resource-drop]input-stream") void input_drop(int32_t self);
IMPORT(STREAMS, "[resource-drop]output-stream") void output_drop(int32_t self);

static int32_t current_request, current_outparam, response_headers;

// The host asks for memory here when it gives text. All memory goes with the sandbox, so nothing is freed.
EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    if (size == 0) return (void *)align;
    void *block = realloc(old, size);
    if (block == NULL) abort();
    return block;
}

static const char *text(list from) {
    char *copy = malloc(from.size + 1);
    if (copy == NULL) abort();
    memcpy(copy, from.start, from.size);
    copy[from.size] = 0;
    return copy;
}

static int32_t taken(handle_result result) {
    if (result.is_error) abort();
    return result.handle;
}

EXPORT("wasi:http/incoming-handler@0.2.12#handle") void handle_exported(int32_t request, int32_t outparam) {
    static const char *methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    method method;
    option_string path;
    current_request = request;
    current_outparam = outparam;
    response_headers = fields_new();
    request_method(request, &method);
    request_path(request, &path);
    handle(&(struct http_request){
        .method = method.tag < 9 ? methods[method.tag] : text(method.other),
        .path = path.is_some ? text(path.value) : "/",
    });
}

const char *http_header(const char *name) {
    list values;
    fields_get(request_headers(current_request), name, strlen(name), &values);
    return values.size > 0 ? text(*(const list *)values.start) : NULL;
}

const char *http_body(size_t *size) {
    static char *body;
    static size_t read;
    if (body == NULL) {
        handle_result result;
        list_result portion;
        request_consume(current_request, &result);
        body_stream(taken(result), &result);
        int32_t stream = taken(result);
        body = calloc(1, 1);
        for (stream_read(stream, 65536, &portion); !portion.is_error; stream_read(stream, 65536, &portion)) {
            body = realloc(body, read + portion.value.size + 1);
            if (body == NULL) abort();
            memcpy(body + read, portion.value.start, portion.value.size);
            body[read += portion.value.size] = 0;
        }
        input_drop(stream);
    }
    if (size != NULL) *size = read;
    return body;
}

void http_add_header(const char *name, const char *value) {
    uint8_t result[16];
    fields_append(response_headers, name, strlen(name), value, strlen(value), result);
}

void http_respond(int status, const char *content_type, const void *body, size_t size) {
    uint8_t ignored[64];
    handle_result result;
    http_add_header("content-type", content_type);
    int32_t response = response_new(response_headers);
    if (response_set_status(response, status) != 0) abort();
    response_body(response, &result);
    int32_t sent = taken(result);
    outparam_set(current_outparam, 0, response, 0, 0, 0, 0, 0, 0);

    body_write(sent, &result);
    int32_t stream = taken(result);
    for (size_t start = 0; start < size; start += PORTION)
        stream_write(stream, (const char *)body + start, size - start < PORTION ? size - start : PORTION, ignored);
    output_drop(stream);
    body_finish(sent, 0, 0, ignored);
}
