// A core module as plugins were before components: bytes are a pointer and a length, and the host knows what they mean.
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))
#define PAGE 65536

IMPORT("host_add") int32_t host_add(int32_t a, int32_t b);
IMPORT("host_log") void host_log(const uint8_t *bytes, size_t len);

// One block behind the other; the room is free again when all of them are.
extern uint8_t __heap_base;
static size_t used, blocks;

EXPORT("alloc") uint8_t *alloc(size_t len) {
    size_t start = (size_t)&__heap_base + used;
    size_t have = __builtin_wasm_memory_size(0) * PAGE;
    size_t end;
    if (__builtin_add_overflow(start, len, &end)) return NULL;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have - 1) / PAGE + 1) == SIZE_MAX) return NULL;
    used = end - (size_t)&__heap_base;
    blocks++;
    return (uint8_t *)start;
}

EXPORT("free") void release(uint8_t *bytes, size_t len) {
    (void)bytes, (void)len;
    if (--blocks == 0) used = 0;
}

EXPORT("reverse") void reverse(uint8_t *bytes, size_t len) {
    if (!len) return;
    for (uint8_t *last = bytes + len - 1; bytes < last; bytes++, last--) {
        uint8_t byte = *bytes;
        *bytes = *last;
        *last = byte;
    }
}

// Pointer and length in one value, as a module without multiple results has to; the host frees them.
EXPORT("shout") int64_t shout(const uint8_t *bytes, size_t len) {
    uint8_t *copy = alloc(len);
    if (!copy) __builtin_trap();
    for (size_t i = 0; i < len; i++) copy[i] = bytes[i] >= 'a' && bytes[i] <= 'z' ? bytes[i] - 32 : bytes[i];
    return (int64_t)((uint64_t)(size_t)copy << 32 | len);
}

EXPORT("add") int32_t add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
EXPORT("mix") double mix(int32_t a, int64_t b, float c, double d) { return a + (double)b + c + d; }

// C has no WebAssembly globals; the assembler has.
__asm__(
    ".globaltype counter, i32\n"
    ".globl counter\n"
    ".export_name counter, counter\n"
    "counter:\n");
__asm__(
    ".globl bump\n"
    ".type bump,@function\n"
    ".export_name bump, bump\n"
    "bump:\n"
    ".functype bump () -> (i32)\n"
    "global.get counter\n i32.const 1\n i32.add\n global.set counter\n"
    "global.get counter\n end_function\n");

EXPORT("call_add") int32_t call_add(int32_t a, int32_t b) { return host_add(a, b); }
EXPORT("call_log") void call_log(const uint8_t *bytes, size_t len) { host_log(bytes, len); }
