/* gzip (RFC 1952), encoded by zlib. */
#include "api/http/encoding/zlib_stream.h"

enum { LEVEL_FAST = 1, LEVEL_THOROUGH = 9, MEMORY_LEVEL = 8 };

/* What zlib's manual says of the largest window and this memory level. */
enum { DEFLATE_BYTES = (1 << (15 + 2)) + (1 << (MEMORY_LEVEL + 9)) };

static bool init(void *state, enum coder_effort effort, uint64_t total_bytes) {
    z_stream *stream = state;
    (void)total_bytes;
    zlib_stream_init(stream);
    return deflateInit2(stream, effort == CODER_FAST ? LEVEL_FAST : LEVEL_THOROUGH, Z_DEFLATED, GZIP_WINDOW_BITS,
                        MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
}

static void finish(void *state) { deflateEnd(state); } /* also after an init that failed: it frees what is there */

static size_t memory_bytes(const void *state) {
    (void)state;
    return DEFLATE_BYTES;
}

static enum coder_step step(void *state, struct bytes *input, bool last, struct coder_room *room,
                            const char **ret_fault) {
    (void)ret_fault;
    enum coder_step outcome = zlib_stream_step(state, deflate, input, last, room);
    return outcome == CODER_STEP_INVALID ? CODER_STEP_NO_MEMORY : outcome; /* an encoder refuses nothing */
}

const struct coder_kind gzip_encoder = { sizeof(z_stream), init, finish, memory_bytes, step, NULL, NULL };
