// A module that is called by name: state made once by _initialize, then kept between calls.
#include <stdint.h>
#include <stdlib.h>

static int32_t counter;

// What it is told by its environment; 1 where nothing is said.
__attribute__((constructor)) static void start(void) {
    const char *first = getenv("FIRST");
    counter = first ? atoi(first) : 1;
}

__attribute__((export_name("add"))) int32_t add(int32_t a, int32_t b) { return a + b; }
__attribute__((export_name("count"))) int32_t count(void) { return counter++; }
