// A component without an import and without a libc, the canonical ABI by hand: what a call costs and nothing else.
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE 65536

typedef struct { void *bytes; size_t len; } list;
typedef struct { int32_t x; double y; list name; uint8_t visible; uint64_t id; } point5;

// Arguments come to lie one behind the other. A call gives all of them up when it begins, not when it ends: the host
// reads the result, which may be an argument, before it makes room for the next call. So there is no post-return.
extern uint8_t __heap_base;
static size_t used;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    size_t start = ((size_t)&__heap_base + used + align - 1) & -align;
    size_t have = __builtin_wasm_memory_size(0) * PAGE;
    size_t end;
    if (__builtin_add_overflow(start, size, &end)) __builtin_trap();
    if (end > have && __builtin_wasm_memory_grow(0, (end - have - 1) / PAGE + 1) == SIZE_MAX) __builtin_trap();
    if (old_size) __builtin_memcpy((void *)start, old, old_size < size ? old_size : size);
    used = end - (size_t)&__heap_base;
    return (void *)start;
}

static list *same(void *bytes, size_t len) {
    static list result;
    used = 0;
    result = (list){bytes, len};
    return &result;
}

EXPORT("nop") void nop(void) {}
EXPORT("add") uint32_t add(uint32_t a, uint32_t b) { return a + b; }
EXPORT("echo") list *echo(void *bytes, size_t len) { return same(bytes, len); }
EXPORT("echo-text") list *echo_text(void *text, size_t len) { return same(text, len); }

EXPORT("five") point5 *five(int32_t x, double y, void *name, size_t len, int32_t visible, uint64_t id) {
    static point5 result;
    used = 0;
    result = (point5){x, y, {name, len}, visible, id};
    return &result;
}

// Xorshift: no compiler knows the value at the end without taking the steps.
EXPORT("spin") uint64_t spin(uint64_t iterations) {
    uint64_t number = 1;
    while (iterations--) {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
    }
    return number;
}
