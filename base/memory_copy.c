/* Copies in memory of the seam. Beside base/memory.c, so that a test may put another seam below them. */
#include "base/memory.h"

#include <string.h>

void *mem_copy(const void *data, size_t size) {
    if (size == (size_t)-1)
        return NULL;
    char *copy = mem_alloc(size + 1);
    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

char *mem_text(const char *text) { return mem_copy(text, strlen(text)); }
