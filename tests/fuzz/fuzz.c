/* The parts of fuzz targets. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

void fuzz_fail(const char *file, int line, const char *property) {
    fprintf(stderr, "%s:%d: property does not hold: %s\n", file, line, property);
    abort();
}

char *fuzz_exact(struct bytes bytes) {
    char *copy = mem_alloc(bytes.size > 0 ? bytes.size : 1);
    if (copy == NULL)
        abort();
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return copy;
}

char *fuzz_text(struct bytes bytes) {
    size_t size = bytes.size > 0 ? strnlen(bytes.data, bytes.size) : 0;
    char *copy = mem_copy(bytes.data, size);
    if (copy == NULL)
        abort();
    return copy;
}

bool fuzz_same(struct bytes a, struct bytes b) { return bytes_present(a) == bytes_present(b) && bytes_equal(a, b); }

bool fuzz_within(struct bytes part, struct bytes text) {
    uintptr_t begin = (uintptr_t)text.data;
    uintptr_t at = (uintptr_t)part.data;
    return at >= begin && at - begin <= text.size && part.size <= text.size - (at - begin);
}

struct fuzz_input fuzz_input_of(const uint8_t *data, size_t size) {
    return (struct fuzz_input){ .left = { .data = size > 0 ? (const char *)data : "", .size = size } };
}

static struct bytes take_bytes(struct fuzz_input *input, size_t size) {
    struct bytes taken = { input->left.data, size < input->left.size ? size : input->left.size };
    input->left = (struct bytes){ input->left.data + taken.size, input->left.size - taken.size };
    return taken;
}

uint8_t fuzz_u8(struct fuzz_input *input) {
    struct bytes byte = take_bytes(input, 1);
    return byte.size > 0 ? (uint8_t)byte.data[0] : 0;
}

static uint64_t take_number(struct fuzz_input *input, size_t bytes) {
    struct bytes taken = take_bytes(input, bytes);
    uint64_t number = 0;
    for (size_t i = 0; i < taken.size; i++)
        number = number << 8 | (uint8_t)taken.data[i];
    return number;
}

uint64_t fuzz_number(struct fuzz_input *input) { return take_number(input, fuzz_u8(input) % 9); }

uint64_t fuzz_below(struct fuzz_input *input, uint64_t bound) {
    return take_number(input, bound <= UINT8_MAX + 1 ? 1 : 4) % bound;
}

struct bytes fuzz_run(struct fuzz_input *input) {
    return take_bytes(input, (size_t)take_number(input, 2));
}

struct bytes fuzz_maybe_run(struct fuzz_input *input) {
    return fuzz_u8(input) % 2 == 0 ? BYTES_NONE : fuzz_run(input);
}

struct bytes fuzz_line(struct fuzz_input *input) {
    return input->left.size > 0 ? bytes_cut(&input->left, '\n') : BYTES_NONE;
}
