// A component that does nothing but call its host.
#include <stdint.h>

__attribute__((import_module("$root"), import_name("apply"))) uint32_t apply(uint32_t n);

__attribute__((export_name("fold"))) uint32_t fold(uint32_t times) {
    uint32_t value = 0;
    while (times--) value = apply(value);
    return value;
}
