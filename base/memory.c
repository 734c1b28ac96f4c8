/* Allocation: a thin layer over malloc. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t size) { return malloc(size); }

void *mem_zero(size_t count, size_t size) { return calloc(count, size); }

void *mem_resize(void *old, size_t size) { return realloc(old, size); }

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

void mem_free(void *memory) { free(memory); }
