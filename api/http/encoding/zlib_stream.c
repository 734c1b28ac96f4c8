/* zlib's seams: allocations, input and output. */
#include "api/http/encoding/zlib_stream.h"

#include "base/memory.h"

#include <limits.h>

static void *allocate(void *context, unsigned count, unsigned size) {
    size_t bytes;
    (void)context;
    return __builtin_mul_overflow((size_t)count, size, &bytes) ? NULL : mem_alloc(bytes);
}

static void release(void *context, void *memory) {
    (void)context;
    mem_free(memory);
}

void zlib_stream_init(z_stream *stream) {
    stream->zalloc = allocate;
    stream->zfree = release;
}

static enum coder_step step_of(int result) {
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: return CODER_STEP_ON; /* it could not go on: there is no input, or no room */
    case Z_STREAM_END: return CODER_STEP_ENDED;
    case Z_MEM_ERROR: return CODER_STEP_NO_MEMORY;
    default: return CODER_STEP_INVALID;
    }
}

enum coder_step zlib_stream_step(z_stream *stream, int (*call)(z_stream *stream, int flush), struct bytes *input,
                                 bool last, struct coder_room *room) {
    size_t left = room->size - room->used;
    uInt input_bytes = input->size < UINT_MAX ? (uInt)input->size : UINT_MAX;
    uInt output_bytes = left < UINT_MAX ? (uInt)left : UINT_MAX;
    stream->next_in = (const Bytef *)input->data;
    stream->avail_in = input_bytes;
    stream->next_out = (Bytef *)room->data + room->used;
    stream->avail_out = output_bytes;

    int result = call(stream, last && input_bytes == input->size ? Z_FINISH : Z_NO_FLUSH);

    size_t used = input_bytes - stream->avail_in;
    *input = (struct bytes){ input->data + used, input->size - used };
    room->used += output_bytes - stream->avail_out;
    return step_of(result);
}
