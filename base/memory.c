/* Allocation: a thin layer over malloc. */
#include "base/memory.h"

#include <stdlib.h>

void *mem_alloc(size_t size) { return malloc(size); }

void *mem_zero(size_t count, size_t size) { return calloc(count, size); }

void *mem_resize(void *old, size_t size) { return realloc(old, size); }

void mem_free(void *memory) { free(memory); }
