/* gzip (RFC 1952), encoded by zlib. */
#include "api/http/encoding/coder_kind.h"
#include "api/http/encoding/zlib_memory.h"
#include "base/memory.h"

#include <limits.h>

enum { LEVEL_FAST = 1, LEVEL_THOROUGH = 9, MEMORY_LEVEL = 8 };

/* What zlib's manual says of the largest window and this memory level. */
enum { DEFLATE_BYTES = (1 << (15 + 2)) + (1 << (MEMORY_LEVEL + 9)) };

struct gzip_encoder {
    struct coder coder;
    z_stream stream;
    bool ended;
};

static enum coder_result run(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                             size_t *ret_made) {
    struct gzip_encoder *encoder = (struct gzip_encoder *)coder;
    z_stream *stream = &encoder->stream;
    while (input->size > 0 || (last && !encoder->ended)) {
        size_t left = room_bytes - *ret_made;
        uInt input_bytes = input->size < UINT_MAX ? (uInt)input->size : UINT_MAX;
        uInt output_bytes = left < UINT_MAX ? (uInt)left : UINT_MAX;
        if (left == 0)
            return CODER_FULL;
        stream->next_in = (const Bytef *)input->data;
        stream->avail_in = input_bytes;
        stream->next_out = (Bytef *)room + *ret_made;
        stream->avail_out = output_bytes;
        int result = deflate(stream, last && input_bytes == input->size ? Z_FINISH : Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return CODER_NO_MEMORY;
        encoder->ended = result == Z_STREAM_END;
        size_t used = input_bytes - stream->avail_in;
        *input = (struct bytes){ input->data + used, input->size - used };
        *ret_made += output_bytes - stream->avail_out;
    }
    return CODER_DONE;
}

static size_t memory_bytes(const struct coder *coder) {
    (void)coder;
    return sizeof(struct gzip_encoder) + DEFLATE_BYTES;
}

static void destroy(struct coder *coder) {
    struct gzip_encoder *encoder = (struct gzip_encoder *)coder;
    deflateEnd(&encoder->stream);
    mem_free(encoder);
}

struct coder *gzip_encoder_create(enum coder_effort effort) {
    static const struct coder_kind kind = { run, memory_bytes, destroy };
    struct gzip_encoder *encoder = mem_zero(1, sizeof *encoder);
    if (encoder == NULL)
        return NULL;
    encoder->coder.kind = &kind;
    encoder->stream.zalloc = zlib_allocate;
    encoder->stream.zfree = zlib_release;
    if (deflateInit2(&encoder->stream, effort == CODER_FAST ? LEVEL_FAST : LEVEL_THOROUGH, Z_DEFLATED, GZIP_WINDOW_BITS,
                     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK)
        return &encoder->coder;
    mem_free(encoder);
    return NULL;
}
