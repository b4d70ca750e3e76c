// wasi:http hello without a libc and without a bindings generator: the canonical ABI by hand.
#include <stdint.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))
#define TYPES "wasi:http/types@0.2.12"
#define STREAMS "wasi:io/streams@0.2.12"

IMPORT(TYPES, "[constructor]fields") int32_t fields_new(void);
IMPORT(TYPES, "[method]fields.append")
void fields_append(int32_t self, const char *name, int32_t name_len, const char *value, int32_t value_len, void *result);
IMPORT(TYPES, "[constructor]outgoing-response") int32_t response_new(int32_t headers);
IMPORT(TYPES, "[method]outgoing-response.body") void response_body(int32_t self, void *result);
IMPORT(TYPES, "[static]response-outparam.set")
void outparam_set(int32_t self, int32_t is_error, int32_t response, int32_t, int64_t, int32_t, int32_t, int32_t, int32_t);
IMPORT(TYPES, "[method]outgoing-body.write") void body_write(int32_t self, void *result);
IMPORT(TYPES, "[static]outgoing-body.finish") void body_finish(int32_t self, int32_t some, int32_t trailers, void *result);
IMPORT(STREAMS, "[method]output-stream.blocking-write-and-flush")
void stream_write(int32_t self, const char *bytes, int32_t len, void *result);
IMPORT(STREAMS, "[resource-drop]output-stream") void stream_drop(int32_t self);

typedef struct { uint8_t is_error; int32_t handle; } handle_result;

// Only an error that carries a string would need this; the few bytes here are enough for one.
EXPORT("cabi_realloc") void *cabi_realloc(void *old, int32_t old_size, int32_t align, int32_t size) {
    static uint8_t space[1024] __attribute__((aligned(8)));
    static int32_t used = 0;
    int32_t start = (used + align - 1) & -align;
    if (start + size > (int32_t)sizeof space) __builtin_trap();
    used = start + size;
    return space + start;
}

EXPORT("wasi:http/incoming-handler@0.2.12#handle")
void handle(int32_t request, int32_t outparam) {
    static const char text[] = "Hello from C\n";
    uint8_t ignored[64];
    handle_result body, stream;

    int32_t headers = fields_new();
    fields_append(headers, "content-type", 12, "text/plain", 10, ignored);
    int32_t response = response_new(headers);
    response_body(response, &body);
    outparam_set(outparam, 0, response, 0, 0, 0, 0, 0, 0);

    body_write(body.handle, &stream);
    stream_write(stream.handle, text, sizeof text - 1, ignored);
    stream_drop(stream.handle);
    body_finish(body.handle, 0, 0, ignored);
}
