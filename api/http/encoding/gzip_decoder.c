/* gzip (RFC 1952), decoded by zlib, which checks the sum and the length of each member. */
#include "api/http/encoding/coder_kind.h"
#include "api/http/encoding/zlib_memory.h"
#include "base/memory.h"

#include <limits.h>

/* inflate() has a state of 7 KiB and, once there is output, a window of 32 KiB. */
enum { INFLATE_BYTES = 40 * 1024 };

enum { FIRST_BYTE = 0x1f }; /* of a member */

struct gzip_decoder {
    struct coder coder;
    z_stream stream;
    bool has_ended;   /* one member at least */
    bool in_a_member; /* its end has not come yet */
};

static enum coder_result invalid(struct gzip_decoder *decoder, const char *fault) {
    decoder->coder.fault = fault;
    return CODER_INVALID;
}

static enum coder_result refuse_begin(struct gzip_decoder *decoder) {
    return invalid(decoder, decoder->has_ended
                                ? "unexpected bytes follow its end"
                                : "it does not begin as gzip does: compress it, or leave Content-Encoding out");
}

static enum coder_result refuse(struct gzip_decoder *decoder) {
    struct bytes said = bytes_text(decoder->stream.msg);
    if (bytes_equal(said, BYTES_LITERAL("incorrect header check")))
        return refuse_begin(decoder);
    if (bytes_equal(said, BYTES_LITERAL("incorrect data check")))
        return invalid(decoder, "its checksum does not match");
    if (bytes_equal(said, BYTES_LITERAL("incorrect length check")))
        return invalid(decoder, "its length does not match");
    return invalid(decoder, "it is damaged");
}

/* One call of inflate(): as far as input, room or the end of the member let it. */
static int inflate_some(struct gzip_decoder *decoder, struct bytes *input, char *room, size_t room_bytes,
                        size_t *made) {
    z_stream *stream = &decoder->stream;
    size_t left = room_bytes - *made;
    uInt input_bytes = input->size < UINT_MAX ? (uInt)input->size : UINT_MAX;
    uInt output_bytes = left < UINT_MAX ? (uInt)left : UINT_MAX;
    stream->next_in = (const Bytef *)input->data;
    stream->avail_in = input_bytes;
    stream->next_out = (Bytef *)room + *made;
    stream->avail_out = output_bytes;
    int result = inflate(stream, Z_NO_FLUSH);
    size_t used = input_bytes - stream->avail_in;
    *input = (struct bytes){ input->data + used, input->size - used };
    *made += output_bytes - stream->avail_out;
    return result;
}

static enum coder_result run(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                             size_t *ret_made) {
    struct gzip_decoder *decoder = (struct gzip_decoder *)coder;
    while (decoder->in_a_member || input->size > 0) {
        /* zlib wants two bytes to see that a member does not begin here: one may be all that is left. */
        if (!decoder->in_a_member && (unsigned char)input->data[0] != FIRST_BYTE)
            return refuse_begin(decoder);
        if (!decoder->in_a_member)
            inflateReset(&decoder->stream); /* fails on a stream that is none */

        int result = inflate_some(decoder, input, room, room_bytes, ret_made);
        decoder->in_a_member = result != Z_STREAM_END;
        decoder->has_ended = decoder->has_ended || result == Z_STREAM_END;
        if (result == Z_MEM_ERROR)
            return CODER_NO_MEMORY;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return refuse(decoder);
        if (*ret_made == room_bytes)
            return CODER_FULL;
        if (decoder->in_a_member && input->size == 0)
            break;
    }
    if (last && decoder->in_a_member)
        return invalid(decoder, "it is cut short");
    if (last && !decoder->has_ended)
        return invalid(decoder, "it is empty");
    return CODER_DONE;
}

static size_t memory_bytes(const struct coder *coder) {
    (void)coder;
    return sizeof(struct gzip_decoder) + INFLATE_BYTES;
}

static void destroy(struct coder *coder) {
    struct gzip_decoder *decoder = (struct gzip_decoder *)coder;
    inflateEnd(&decoder->stream);
    mem_free(decoder);
}

struct coder *gzip_decoder_create(void) {
    static const struct coder_kind kind = { run, memory_bytes, destroy };
    struct gzip_decoder *decoder = mem_zero(1, sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->coder.kind = &kind;
    decoder->stream.zalloc = zlib_allocate;
    decoder->stream.zfree = zlib_release;
    if (inflateInit2(&decoder->stream, GZIP_WINDOW_BITS) == Z_OK)
        return &decoder->coder;
    mem_free(decoder);
    return NULL;
}
