// Pictures in the form of PPM: `P6`, width, height and 255 as text with a space or line end behind each, then three
// bytes a pixel. Without a libc, the canonical ABI by hand.
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE 65536
#define MOST 16384

typedef struct { uint32_t is_err; const uint8_t *bytes; size_t len; } result;
typedef struct { uint32_t width, height; const uint8_t *pixels; } picture;

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

// A number of the head, and the one byte behind it; 0 for what is none.
static uint32_t number(const uint8_t **at, const uint8_t *end) {
    uint32_t value = 0;
    while (*at < end && **at >= '0' && **at <= '9' && value <= MOST) value = value * 10 + (*(*at)++ - '0');
    return *at < end && *(*at)++ <= ' ' ? value : 0;
}

static int read(picture *found, const uint8_t *image, size_t len) {
    const uint8_t *at = image + 3, *end = image + len;
    if (len < 3 || image[0] != 'P' || image[1] != '6' || image[2] > ' ') return 0;
    found->width = number(&at, end);
    found->height = number(&at, end);
    uint32_t most = number(&at, end);
    found->pixels = at;
    return most == 255 && found->width && found->height && found->width <= MOST && found->height <= MOST &&
           (uint64_t)found->width * found->height * 3 == (uint64_t)(end - at);
}

static uint8_t *written(uint8_t *at, uint32_t value, uint8_t behind) {
    uint8_t digits[10];
    int count = 0;
    do digits[count++] = '0' + value % 10; while (value /= 10);
    while (count) *at++ = digits[--count];
    *at++ = behind;
    return at;
}

// Room for a picture, with its head; `*pixels` is where they belong.
static uint8_t *begun(uint32_t width, uint32_t height, uint8_t **pixels) {
    uint8_t *image = cabi_realloc(NULL, 0, 1, 32 + (size_t)width * height * 3);
    image[0] = 'P', image[1] = '6', image[2] = '\n';
    *pixels = written(written(written(image + 3, width, ' '), height, '\n'), 255, '\n');
    return image;
}

static result *given(const uint8_t *image, const uint8_t *end) {
    static result answer;
    answer = (result){0, image, (size_t)(end - image)};
    used = 0;
    return &answer;
}

static result *refused(const char *why, size_t len) {
    static result answer;
    answer = (result){1, (const uint8_t *)why, len};
    used = 0;
    return &answer;
}

#define REFUSED(why) refused(why, sizeof why - 1)

EXPORT("resize") result *resize(const uint8_t *image, size_t len, uint32_t width) {
    picture from;
    if (!read(&from, image, len)) return REFUSED("this is no binary PPM");
    if (!width || width > MOST) return REFUSED("a width is from 1 to 16384");
    uint32_t height = (uint32_t)((uint64_t)from.height * width / from.width);
    if (!height) height = 1;
    if (height > MOST) return REFUSED("it would be too high");
    uint8_t *to, *made = begun(width, height, &to);
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++, to += 3) {
            size_t row = (uint64_t)y * from.height / height, column = (uint64_t)x * from.width / width;
            __builtin_memcpy(to, from.pixels + (row * from.width + column) * 3, 3);
        }
    }
    return given(made, to);
}

EXPORT("grayscale") result *grayscale(const uint8_t *image, size_t len) {
    picture from;
    if (!read(&from, image, len)) return REFUSED("this is no binary PPM");
    uint8_t *to, *made = begun(from.width, from.height, &to);
    for (size_t left = (size_t)from.width * from.height; left; left--, from.pixels += 3, to += 3) {
        uint8_t gray = (uint8_t)((from.pixels[0] * 299 + from.pixels[1] * 587 + from.pixels[2] * 114) / 1000);
        to[0] = to[1] = to[2] = gray;
    }
    return given(made, to);
}
