/* Zstandard (RFC 8878), decoded by libzstd. */
#include "api/http/encoding/zstd_stream.h"

#include <zstd_errors.h>

enum { WINDOW_LOG_MAX = 23 };
_Static_assert(1 << WINDOW_LOG_MAX == CODER_WINDOW_BYTES_MAX, "two spellings of one bound");

/* What a decoder holds beside its window: its tables, and a block of input and one of output, of 128 KiB each. */
enum { BUFFERS_BYTES = 384 * 1024 };

/* A frame's header says how large its text is, and which window it needs. libzstd checks both in one way when it gets a whole
 * frame and room for its text in one call, and in another when the frame comes in pieces; what ends with an empty block passes
 * only the second. So the header is put together here, and goes to libzstd in a call of its own: every frame comes in pieces. */
struct decoding {
    ZSTD_DCtx *context;
    uint64_t written; /* of all frames */
    bool is_drained;  /* libzstd holds no output */

    /* Of this frame: */
    char header[ZSTD_FRAMEHEADERSIZE_MAX];
    size_t header_bytes;  /* of it that are here */
    size_t header_wanted; /* 0: it is complete */
    uint64_t text_bytes;  /* as the header says, or ZSTD_CONTENTSIZE_UNKNOWN */
    uint64_t text_written;
};

static bool init(void *state, enum coder_effort effort, uint64_t total_bytes) {
    struct decoding *decoding = state;
    (void)effort;
    (void)total_bytes;
    decoding->context = ZSTD_createDCtx_advanced(zstd_memory());
    return decoding->context != NULL &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(decoding->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
}

static void finish(void *state) {
    struct decoding *decoding = state;
    ZSTD_freeDCtx(decoding->context);
}

/* libzstd reserves the whole window that a frame asks for, and encoders that do not know how much will come ask for up to 8 MiB even
 * for a few bytes. The system gives memory when it is written to, from the window's beginning on: that is counted. */
static size_t memory_bytes(const void *state) {
    const struct decoding *decoding = state;
    size_t reserved = ZSTD_sizeof_DCtx(decoding->context);
    uint64_t used = BUFFERS_BYTES + decoding->written;
    return used < reserved ? (size_t)used : reserved;
}

/* The first byte of a frame, or of a frame that is to be skipped. libzstd may also have been built to read formats older
 * than RFC 8878, by code that knows neither our bound on windows nor our allocations: they do not get that far. */
static bool begin(void *state, char first) {
    struct decoding *decoding = state;
    decoding->header_bytes = 0;
    decoding->header_wanted = ZSTD_FRAMEHEADERSIZE_MIN(ZSTD_f_zstd1);
    decoding->text_written = 0;
    return first == 0x28 || (first & 0xf0) == 0x50;
}

static enum coder_step refuse(size_t result, const char **ret_fault) {
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_memory_allocation: return CODER_STEP_NO_MEMORY;
    case ZSTD_error_prefix_unknown: return CODER_STEP_NO_FRAME;
    case ZSTD_error_checksum_wrong: *ret_fault = "its checksum does not match"; break;
    case ZSTD_error_dictionary_wrong: *ret_fault = "it needs a dictionary"; break;
    case ZSTD_error_frameParameter_windowTooLarge:
        *ret_fault = "it needs a window of more than 8 MiB: use level 19 or a lower one, and not --long";
        break;
    default: *ret_fault = "it is damaged"; break;
    }
    return CODER_STEP_INVALID;
}

/* One call of libzstd. */
static enum coder_step decompress(struct decoding *decoding, struct bytes *input, struct coder_room *room,
                                  const char **ret_fault) {
    struct zstd_buffers buffers = zstd_buffers(input, room);
    size_t result = ZSTD_decompressStream(decoding->context, &buffers.out, &buffers.in);
    decoding->written += buffers.out.pos - room->used;
    decoding->text_written += buffers.out.pos - room->used;
    zstd_buffers_end(&buffers, input, room);
    decoding->is_drained = room->used < room->size;

    if (ZSTD_isError(result))
        return refuse(result, ret_fault);
    if (result > 0)
        return CODER_STEP_ON;
    if (decoding->text_bytes == ZSTD_CONTENTSIZE_UNKNOWN || decoding->text_bytes == decoding->text_written)
        return CODER_STEP_ENDED;
    *ret_fault = "its length does not match";
    return CODER_STEP_INVALID;
}

/* Takes what is missing of the header, as far as it is there. The more of it is known, the more may be wanted; and that it is
 * none can be seen from its first bytes. */
static enum coder_step take_header(struct decoding *decoding, struct bytes *input, struct coder_room *room,
                                   const char **ret_fault) {
    while (decoding->header_bytes < decoding->header_wanted) {
        size_t missing = decoding->header_wanted - decoding->header_bytes;
        size_t size = missing < input->size ? missing : input->size;
        if (size == 0)
            return CODER_STEP_ON;
        memcpy(decoding->header + decoding->header_bytes, input->data, size);
        decoding->header_bytes += size;
        *input = (struct bytes){ input->data + size, input->size - size };

        ZSTD_frameHeader header = { 0 };
        size_t wanted = ZSTD_getFrameHeader(&header, decoding->header, decoding->header_bytes);
        if (ZSTD_isError(wanted))
            return refuse(wanted, ret_fault);
        decoding->header_wanted = wanted > 0 ? wanted : decoding->header_bytes;
        decoding->text_bytes = header.frameType == ZSTD_frame ? header.frameContentSize : 0;
    }

    struct bytes header = { decoding->header, decoding->header_bytes };
    decoding->header_wanted = 0;
    return decompress(decoding, &header, room, ret_fault);
}

/* libzstd takes a row of calls without input for a fault: it is not asked while it holds nothing. */
static enum coder_step step(void *state, struct bytes *input, bool last, struct coder_room *room,
                            const char **ret_fault) {
    struct decoding *decoding = state;
    (void)last;
    if (decoding->header_wanted > 0)
        return take_header(decoding, input, room, ret_fault);
    if (decoding->is_drained && input->size == 0)
        return CODER_STEP_ON;
    return decompress(decoding, input, room, ret_fault);
}

const struct coder_kind zstd_decoder = { sizeof(struct decoding),
                                         init,
                                         finish,
                                         memory_bytes,
                                         step,
                                         begin,
                                         "it does not begin as zstd does: compress it, or leave Content-Encoding out" };
