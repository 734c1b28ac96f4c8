/* zstd's seam for allocations. */
#include "api/http/encoding/zstd_memory.h"

#include "base/memory.h"

static void *allocate(void *context, size_t size) {
    (void)context;
    return mem_alloc(size);
}

static void release(void *context, void *memory) {
    (void)context;
    mem_free(memory);
}

ZSTD_customMem zstd_memory(void) { return (ZSTD_customMem){ .customAlloc = allocate, .customFree = release }; }
