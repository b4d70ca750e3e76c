// `fold` of c-plugin/calling.c as a plug-in: its argument and its result are the input and the output, eight bytes each.
#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("extism:host/env"), import_name(name)))

typedef uint64_t handle;

IMPORT("alloc") handle env_alloc(uint64_t length);
IMPORT("store_u64") void env_store_u64(uint64_t offset, uint64_t number);
IMPORT("input_load_u64") uint64_t env_input_load_u64(uint64_t at);
IMPORT("output_set") void env_output_set(uint64_t offset, uint64_t length);

__attribute__((import_module("extism:host/user"), import_name("apply"))) uint64_t apply(uint64_t n);

__attribute__((export_name("fold"))) int32_t fold(void) {
    uint64_t value = 0;
    for (uint64_t times = env_input_load_u64(0); times; times--) value = apply(value);
    handle result = env_alloc(sizeof value);
    env_store_u64(result, value);
    env_output_set(result, sizeof value);
    return 0;
}
