// A preview 1 reactor whose functions take and give text: it works only when _initialize was called first.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

static const char *greeting;
static int32_t greeted;

// $GREETING, as it was when the instance was made.
__attribute__((constructor)) static void start(void) {
    const char *told = getenv("GREETING");
    greeting = told ? told : "Hello";
}

EXPORT("alloc") void *allocate(size_t len) { return malloc(len); }
EXPORT("free") void release(void *bytes, size_t len) { (void)len, free(bytes); }

// Pointer and length in one value; the host frees them.
static uint64_t packed(const char *text) {
    if (!text) abort();
    return (uint64_t)(uintptr_t)text << 32 | strlen(text);
}

EXPORT("greet") uint64_t greet(const char *name, size_t len) {
    char *text = NULL;
    if (asprintf(&text, "%s, %.*s!", greeting, (int)len, name) < 0) abort();
    greeted++;
    return packed(text);
}

EXPORT("greeted") int32_t greeted_so_far(void) { return greeted; }

// To standard output, at once: nobody runs this module's exit handlers.
EXPORT("say") void say(const char *line, size_t len) {
    printf("%.*s\n", (int)len, line);
    fflush(stdout);
}

// 0 where there is none.
EXPORT("variable") uint64_t variable(const char *name, size_t len) {
    char *key = strndup(name, len);
    if (!key) abort();
    const char *value = getenv(key);
    free(key);
    return value ? packed(strdup(value)) : 0;
}
