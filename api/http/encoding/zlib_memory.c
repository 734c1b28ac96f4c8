/* zlib's seam for allocations. */
#include "api/http/encoding/zlib_memory.h"

#include "base/memory.h"

void *zlib_allocate(void *context, unsigned count, unsigned size) {
    size_t bytes;
    (void)context;
    return __builtin_mul_overflow((size_t)count, size, &bytes) ? NULL : mem_alloc(bytes);
}

void zlib_release(void *context, void *memory) {
    (void)context;
    mem_free(memory);
}
