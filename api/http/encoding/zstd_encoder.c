/* Zstandard (RFC 8878), encoded by libzstd. */
#include "api/http/encoding/zstd_stream.h"

_Static_assert(CODER_BYTES_UNKNOWN == ZSTD_CONTENTSIZE_UNKNOWN, "two spellings of one number");

enum { LEVEL_FAST = 1, LEVEL_THOROUGH = 9 };

/* 128 KiB: with it an encoder holds less than 1 MiB whatever comes, and pages are as small as with a larger one. */
enum { WINDOW_LOG_FAST = 17 };

struct encoding {
    ZSTD_CCtx *context;
};

static bool set(ZSTD_CCtx *context, ZSTD_cParameter parameter, int value) {
    return !ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value));
}

/* Without input: it only allocates what compressing needs, which a stream would find out too late. */
static bool allocate_all(ZSTD_CCtx *context) {
    ZSTD_inBuffer in = { "", 0, 0 };
    ZSTD_outBuffer out = { NULL, 0, 0 };
    return !ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue));
}

static bool init(void *state, enum coder_effort effort, uint64_t total_bytes) {
    struct encoding *encoding = state;
    ZSTD_CCtx *context = encoding->context = ZSTD_createCCtx_advanced(zstd_memory());
    return context != NULL &&
           set(context, ZSTD_c_compressionLevel, effort == CODER_FAST ? LEVEL_FAST : LEVEL_THOROUGH) &&
           (effort != CODER_FAST || set(context, ZSTD_c_windowLog, WINDOW_LOG_FAST)) &&
           !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context, total_bytes)) && allocate_all(context);
}

static void finish(void *state) {
    struct encoding *encoding = state;
    ZSTD_freeCCtx(encoding->context);
}

static size_t memory_bytes(const void *state) {
    const struct encoding *encoding = state;
    return ZSTD_sizeof_CCtx(encoding->context);
}

static enum coder_step step(void *state, struct bytes *input, bool last, struct coder_room *room,
                            const char **ret_fault) {
    struct encoding *encoding = state;
    struct zstd_buffers buffers = zstd_buffers(input, room);
    (void)ret_fault;
    ZSTD_EndDirective directive = last ? ZSTD_e_end : ZSTD_e_continue;
    size_t left = ZSTD_compressStream2(encoding->context, &buffers.out, &buffers.in, directive);
    zstd_buffers_end(&buffers, input, room);
    if (ZSTD_isError(left))
        return CODER_STEP_NO_MEMORY;
    return last && left == 0 ? CODER_STEP_ENDED : CODER_STEP_ON;
}

const struct coder_kind zstd_encoder = { sizeof(struct encoding), init, finish, memory_bytes, step, NULL, NULL };
