/* Zstandard (RFC 8878), decoded by libzstd. */
#include "api/http/encoding/zstd_stream.h"

#include <zstd_errors.h>

enum { WINDOW_LOG_MAX = 23 };
_Static_assert(1 << WINDOW_LOG_MAX == CODER_WINDOW_BYTES_MAX, "two spellings of one bound");

/* What a decoder holds beside its window: its tables, and a block of input and one of output, of 128 KiB each. */
enum { BUFFERS_BYTES = 384 * 1024 };

struct decoding {
    ZSTD_DCtx *context;
    uint64_t written;
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
    (void)state;
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

static enum coder_step step(void *state, struct bytes *input, bool last, struct coder_room *room,
                            const char **ret_fault) {
    struct decoding *decoding = state;
    struct zstd_buffers buffers = zstd_buffers(input, room);
    (void)last;
    size_t result = ZSTD_decompressStream(decoding->context, &buffers.out, &buffers.in);
    decoding->written += buffers.out.pos - room->used;
    zstd_buffers_end(&buffers, input, room);
    if (ZSTD_isError(result))
        return refuse(result, ret_fault);
    return result == 0 ? CODER_STEP_ENDED : CODER_STEP_ON;
}

const struct coder_kind zstd_decoder = { sizeof(struct decoding),
                                         init,
                                         finish,
                                         memory_bytes,
                                         step,
                                         begin,
                                         "it does not begin as zstd does: compress it, or leave Content-Encoding out" };
