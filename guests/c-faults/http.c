// A handler that fails in a function of its own: the stack names its line.
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))

EXPORT("cabi_realloc") void *cabi_realloc(void *old, int32_t old_size, int32_t align, int32_t size) {
    (void)old, (void)old_size, (void)align, (void)size;
    __builtin_trap();
}

static volatile int32_t people = 0;

__attribute__((noinline)) static int32_t share(int32_t cake) {
    return cake / people;  // fails here
}

EXPORT("wasi:http/incoming-handler@0.2.12#handle")
void handle(int32_t request, int32_t outparam) {
    (void)outparam;
    people = share(request + 12);
}
