/* Copies in memory of the seam: in a file of their own, so that a test may put another seam below them. */
#include "base/bytes.h"
#include "base/memory.h"

void *mem_copy(const void *data, size_t size) {
    char *copy = size < SIZE_MAX ? mem_alloc(size + 1) : NULL;
    return bytes_copy_text(copy, (struct bytes){ data, size });
}

char *mem_text(const char *text) { return mem_copy(text, strlen(text)); }
