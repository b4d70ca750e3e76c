// A plug-in without a runtime. Like Extism's own header for C it frees each handle that it made, also those that the
// host freed when it took them: a handle that came in between must not be lost by that.
#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("extism:host/env"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))
#define TEXT(text) text, sizeof(text) - 1

typedef uint64_t handle;

IMPORT("alloc") handle env_alloc(uint64_t length);
IMPORT("free") void env_free(handle block);
IMPORT("length_unsafe") uint64_t env_length(handle block);
IMPORT("load_u8") uint8_t env_load_u8(uint64_t offset);
IMPORT("store_u8") void env_store_u8(uint64_t offset, uint8_t byte);
IMPORT("store_u64") void env_store_u64(uint64_t offset, uint64_t number);
IMPORT("input_offset") handle env_input(void);
IMPORT("input_length") uint64_t env_input_length(void);
IMPORT("input_load_u8") uint8_t env_input_load_u8(uint64_t at);
IMPORT("input_load_u64") uint64_t env_input_load_u64(uint64_t at);
IMPORT("output_set") void env_output_set(uint64_t offset, uint64_t length);
IMPORT("error_set") void env_error_set(handle block);
IMPORT("config_get") handle env_config_get(handle key);
IMPORT("var_get") handle env_var_get(handle key);
IMPORT("var_set") void env_var_set(handle key, handle value);
IMPORT("log_warn") void env_log_warn(handle text);

static handle block(const char *bytes, uint64_t length) {
    handle made = env_alloc(length);
    for (uint64_t at = 0; at < length; at++) env_store_u8(made + at, (uint8_t)bytes[at]);
    return made;
}

static void answer(handle made) { env_output_set(made, env_length(made)); }

// The input as it is, not copied.
EXPORT("echo") int32_t echo(void) {
    answer(env_input());
    return 0;
}

// The sum of two numbers of 32 bits, as one of 64.
EXPORT("add") int32_t add(void) {
    uint64_t both = env_input_load_u64(0);
    handle sum = env_alloc(sizeof both);
    env_store_u64(sum, (uint32_t)both + (both >> 32));
    env_output_set(sum, sizeof both);
    return 0;
}

// The value of `thing`; its key is freed by both sides.
EXPORT("run_test") int32_t run_test(void) {
    handle key = block(TEXT("thing"));
    handle value = env_config_get(key);
    env_free(key);
    answer(value ? value : block(TEXT("<unset by host>")));
    return 0;
}

// Sets `a` to the input and answers with what it was, or "nothing"; all handles are freed by both sides.
EXPORT("swap") int32_t swap(void) {
    handle key = block(TEXT("a"));
    handle before = env_var_get(key);
    env_free(key);
    key = block(TEXT("a"));
    handle value = env_alloc(env_input_length());
    for (uint64_t at = 0; at < env_input_length(); at++) env_store_u8(value + at, env_input_load_u8(at));
    env_var_set(key, value);
    env_free(key);
    env_free(value);
    answer(before ? before : block(TEXT("nothing")));
    return 0;
}

// Frees the output before the host has read it, and makes another block.
EXPORT("output_freed") int32_t output_freed(void) {
    handle made = block(TEXT("an answer that was freed at once"));
    answer(made);
    env_free(made);
    block(TEXT("something else that is rather a bit longer than the answer was"));
    return 0;
}

// The same with the error.
EXPORT("error_freed") int32_t error_freed(void) {
    handle made = block(TEXT("an error that was freed at once"));
    env_error_set(made);
    env_free(made);
    return 1;
}

EXPORT("log_text") int32_t log_text(void) {
    handle text = block(TEXT("from C"));
    env_log_warn(text);
    env_free(text);
    return 0;
}

// A function may return nothing, and so no code.
EXPORT("returns_nothing") void returns_nothing(void) { answer(block(TEXT("nothing returned"))); }
