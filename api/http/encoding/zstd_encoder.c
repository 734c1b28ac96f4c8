/* Zstandard (RFC 8878), encoded by libzstd. */
#include "api/http/encoding/coder_kind.h"
#include "api/http/encoding/zstd_memory.h"
#include "base/memory.h"

_Static_assert(CODER_BYTES_UNKNOWN == ZSTD_CONTENTSIZE_UNKNOWN, "two spellings of one number");

enum { LEVEL_FAST = 1, LEVEL_THOROUGH = 9 };

/* 128 KiB: with it an encoder holds less than 1 MiB whatever comes, and pages are as small as with a larger one. */
enum { WINDOW_LOG_FAST = 17 };

struct zstd_encoder {
    struct coder coder;
    ZSTD_CCtx *context;
    bool ended;
};

static enum coder_result run(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                             size_t *ret_made) {
    struct zstd_encoder *encoder = (struct zstd_encoder *)coder;
    while (input->size > 0 || (last && !encoder->ended)) {
        if (*ret_made == room_bytes)
            return CODER_FULL;
        ZSTD_inBuffer in = { input->data, input->size, 0 };
        ZSTD_outBuffer out = { room, room_bytes, *ret_made };
        size_t left = ZSTD_compressStream2(encoder->context, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        *input = (struct bytes){ input->data + in.pos, input->size - in.pos };
        *ret_made = out.pos;
        if (ZSTD_isError(left))
            return CODER_NO_MEMORY;
        encoder->ended = last && left == 0;
    }
    return CODER_DONE;
}

static size_t memory_bytes(const struct coder *coder) {
    const struct zstd_encoder *encoder = (const struct zstd_encoder *)coder;
    return sizeof *encoder + ZSTD_sizeof_CCtx(encoder->context);
}

static void destroy(struct coder *coder) {
    struct zstd_encoder *encoder = (struct zstd_encoder *)coder;
    ZSTD_freeCCtx(encoder->context);
    mem_free(encoder);
}

static bool set(struct zstd_encoder *encoder, ZSTD_cParameter parameter, int value) {
    return !ZSTD_isError(ZSTD_CCtx_setParameter(encoder->context, parameter, value));
}

/* Without input: it only allocates what compressing needs, which a stream would find out too late. */
static bool allocate_all(struct zstd_encoder *encoder) {
    ZSTD_inBuffer in = { "", 0, 0 };
    ZSTD_outBuffer out = { NULL, 0, 0 };
    return !ZSTD_isError(ZSTD_compressStream2(encoder->context, &out, &in, ZSTD_e_continue));
}

struct coder *zstd_encoder_create(enum coder_effort effort, uint64_t total_bytes) {
    static const struct coder_kind kind = { run, memory_bytes, destroy };
    struct zstd_encoder *encoder = mem_zero(1, sizeof *encoder);
    if (encoder == NULL)
        return NULL;
    encoder->coder.kind = &kind;
    encoder->context = ZSTD_createCCtx_advanced(zstd_memory());
    if (encoder->context != NULL &&
        set(encoder, ZSTD_c_compressionLevel, effort == CODER_FAST ? LEVEL_FAST : LEVEL_THOROUGH) &&
        (effort != CODER_FAST || set(encoder, ZSTD_c_windowLog, WINDOW_LOG_FAST)) &&
        !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(encoder->context, total_bytes)) && allocate_all(encoder))
        return &encoder->coder;
    destroy(&encoder->coder);
    return NULL;
}
