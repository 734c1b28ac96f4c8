/* gzip (RFC 1952), decoded by zlib, which checks the sum and the length of each member. */
#include "api/http/encoding/zlib_stream.h"

/* inflate() has a state of 7 KiB and, once there is output, a window of 32 KiB. */
enum { INFLATE_BYTES = 40 * 1024 };

enum { FIRST_BYTE = 0x1f }; /* of a member */

static bool init(void *state, enum coder_effort effort, uint64_t total_bytes) {
    z_stream *stream = state;
    (void)effort;
    (void)total_bytes;
    zlib_stream_init(stream);
    return inflateInit2(stream, GZIP_WINDOW_BITS) == Z_OK;
}

static void finish(void *state) { inflateEnd(state); } /* also after an init that failed: it frees what is there */

static size_t memory_bytes(const void *state) {
    (void)state;
    return INFLATE_BYTES;
}

/* zlib wants two bytes to see that a member does not begin here: one may be all that is left. */
static bool begin(void *state, char first) {
    if ((unsigned char)first != FIRST_BYTE)
        return false;
    inflateReset(state); /* fails on a stream that is none */
    return true;
}

static enum coder_step refuse(const z_stream *stream, const char **ret_fault) {
    struct bytes message = bytes_text(stream->msg);
    if (bytes_equal(message, BYTES_LITERAL("incorrect header check")))
        return CODER_STEP_NO_FRAME;
    if (bytes_equal(message, BYTES_LITERAL("incorrect data check")))
        *ret_fault = "its checksum does not match";
    else if (bytes_equal(message, BYTES_LITERAL("incorrect length check")))
        *ret_fault = "its length does not match";
    else
        *ret_fault = "it is damaged";
    return CODER_STEP_INVALID;
}

static enum coder_step step(void *state, struct bytes *input, bool last, struct coder_room *room,
                            const char **ret_fault) {
    (void)last;
    enum coder_step outcome = zlib_stream_step(state, inflate, input, false, room);
    return outcome == CODER_STEP_INVALID ? refuse(state, ret_fault) : outcome;
}

const struct coder_kind gzip_decoder = { sizeof(z_stream),
                                         init,
                                         finish,
                                         memory_bytes,
                                         step,
                                         begin,
                                         "it does not begin as gzip does: compress it, or leave Content-Encoding out" };
