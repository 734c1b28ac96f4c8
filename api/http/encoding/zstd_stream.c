/* zstd's seams: allocations, input and output. */
#include "api/http/encoding/zstd_stream.h"

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

struct zstd_buffers zstd_buffers(const struct bytes *input, const struct coder_room *room) {
    return (struct zstd_buffers){ { input->data, input->size, 0 }, { room->data, room->size, room->used } };
}

void zstd_buffers_end(const struct zstd_buffers *buffers, struct bytes *input, struct coder_room *room) {
    *input = (struct bytes){ input->data + buffers->in.pos, input->size - buffers->in.pos };
    room->used = buffers->out.pos;
}
