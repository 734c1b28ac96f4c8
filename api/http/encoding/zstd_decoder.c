/* Zstandard (RFC 8878), decoded by libzstd. */
#include "api/http/encoding/coder_kind.h"
#include "api/http/encoding/zstd_memory.h"
#include "base/memory.h"

#include <zstd_errors.h>

enum { WINDOW_LOG_MAX = 23 };
_Static_assert(1 << WINDOW_LOG_MAX == CODER_WINDOW_BYTES_MAX, "two spellings of one bound");

/* What a decoder holds beside its window: its tables, and a block of input and one of output, of 128 KiB each. */
enum { BUFFERS_BYTES = 384 * 1024 };

struct zstd_decoder {
    struct coder coder;
    ZSTD_DCtx *context;
    uint64_t written;
    bool has_ended;  /* one frame at least */
    bool in_a_frame; /* its end has not come yet */
};

static enum coder_result invalid(struct zstd_decoder *decoder, const char *fault) {
    decoder->coder.fault = fault;
    return CODER_INVALID;
}

static enum coder_result refuse_begin(struct zstd_decoder *decoder) {
    return invalid(decoder, decoder->has_ended
                                ? "unexpected bytes follow its end"
                                : "it does not begin as zstd does: compress it, or leave Content-Encoding out");
}

static enum coder_result refuse(struct zstd_decoder *decoder, size_t result) {
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_memory_allocation: return CODER_NO_MEMORY;
    case ZSTD_error_prefix_unknown: return refuse_begin(decoder);
    case ZSTD_error_checksum_wrong: return invalid(decoder, "its checksum does not match");
    case ZSTD_error_dictionary_wrong: return invalid(decoder, "it needs a dictionary");
    case ZSTD_error_frameParameter_windowTooLarge:
        return invalid(decoder, "it needs a window of more than 8 MiB: use level 19 or a lower one, and not --long");
    default: return invalid(decoder, "it is damaged");
    }
}

/* The first byte of a frame, or of a frame that is to be skipped. libzstd may also have been built to read formats older
 * than RFC 8878, by code that knows neither our bound on windows nor our allocations: they do not get that far. */
static bool may_begin_frame(char byte) { return byte == 0x28 || (byte & 0xf0) == 0x50; }

static enum coder_result run(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                             size_t *ret_made) {
    struct zstd_decoder *decoder = (struct zstd_decoder *)coder;
    while (decoder->in_a_frame || input->size > 0) {
        if (!decoder->in_a_frame && !may_begin_frame(input->data[0]))
            return refuse_begin(decoder);

        ZSTD_inBuffer in = { input->data, input->size, 0 };
        ZSTD_outBuffer out = { room, room_bytes, *ret_made };
        size_t result = ZSTD_decompressStream(decoder->context, &out, &in);
        *input = (struct bytes){ input->data + in.pos, input->size - in.pos };
        decoder->written += out.pos - *ret_made;
        *ret_made = out.pos;
        if (ZSTD_isError(result))
            return refuse(decoder, result);
        decoder->in_a_frame = result != 0;
        decoder->has_ended = decoder->has_ended || result == 0;
        if (*ret_made == room_bytes)
            return CODER_FULL;
        if (decoder->in_a_frame && input->size == 0)
            break;
    }
    if (last && decoder->in_a_frame)
        return invalid(decoder, "it is cut short");
    if (last && !decoder->has_ended)
        return invalid(decoder, "it is empty");
    return CODER_DONE;
}

/* libzstd reserves the whole window that a frame asks for, and encoders that do not know how much will come ask for up to 8 MiB even
 * for a few bytes. The system gives memory when it is written to, from the window's beginning on: that is counted. */
static size_t memory_bytes(const struct coder *coder) {
    const struct zstd_decoder *decoder = (const struct zstd_decoder *)coder;
    size_t reserved = ZSTD_sizeof_DCtx(decoder->context);
    uint64_t used = BUFFERS_BYTES + decoder->written;
    return sizeof *decoder + (used < reserved ? (size_t)used : reserved);
}

static void destroy(struct coder *coder) {
    struct zstd_decoder *decoder = (struct zstd_decoder *)coder;
    ZSTD_freeDCtx(decoder->context);
    mem_free(decoder);
}

struct coder *zstd_decoder_create(void) {
    static const struct coder_kind kind = { run, memory_bytes, destroy };
    struct zstd_decoder *decoder = mem_zero(1, sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->coder.kind = &kind;
    decoder->context = ZSTD_createDCtx_advanced(zstd_memory());
    if (decoder->context != NULL &&
        !ZSTD_isError(ZSTD_DCtx_setParameter(decoder->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        return &decoder->coder;
    destroy(&decoder->coder);
    return NULL;
}
