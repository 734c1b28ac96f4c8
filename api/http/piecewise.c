/* Bodies encoded while they are sent. */
#include "api/http/piecewise.h"

#include "api/http/break_off.h"
#include "api/http/encoding/coder.h"
#include "base/memory.h"

#include <unistd.h>

enum {
    BLOCK_BYTES = 32 * 1024,
    COUNT_MAX = 64, /* each holds up to 1 MiB until the client has received all */
};

struct piecewise {
    atomic_uint *count;
    struct coder *coder;
    struct bytes input;  /* what the encoder has not taken yet */
    int file;            /* -1: all of it is `input` from the start */
    uint64_t file_bytes; /* not read yet */
    off_t position;
    struct break_off break_off;
    char block[BLOCK_BYTES];
};

struct piecewise *piecewise_create(atomic_uint *count, struct reply *reply) {
    if (atomic_fetch_add(count, 1) >= COUNT_MAX) {
        atomic_fetch_sub(count, 1);
        return NULL;
    }
    struct piecewise *piecewise = mem_zero(1, sizeof *piecewise);
    struct coder *coder = coder_encoder_create(reply->coding, CODER_FAST, reply_body_bytes(reply));
    if (piecewise == NULL || coder == NULL) {
        coder_destroy(coder);
        mem_free(piecewise);
        atomic_fetch_sub(count, 1);
        return NULL;
    }
    piecewise->count = count;
    piecewise->coder = coder;
    piecewise->file = reply->has_file ? reply->file_fd : -1;
    piecewise->file_bytes = reply->has_file ? reply->file_bytes : 0;
    piecewise->input = reply->has_file ? BYTES_NONE : buffer_bytes(&reply->body);
    reply->has_file = false;
    return piecewise;
}

void piecewise_destroy(struct piecewise *piecewise) {
    if (piecewise == NULL)
        return;
    if (piecewise->file >= 0)
        close(piecewise->file);
    coder_destroy(piecewise->coder);
    atomic_fetch_sub(piecewise->count, 1);
    mem_free(piecewise);
}

/* The next block of the file. False: it cannot be read, or is shorter than it was. */
static bool read_block(struct piecewise *piecewise) {
    size_t wanted = piecewise->file_bytes < BLOCK_BYTES ? (size_t)piecewise->file_bytes : BLOCK_BYTES;
    ssize_t size = pread(piecewise->file, piecewise->block, wanted, piecewise->position);
    if (size <= 0)
        return false;
    piecewise->input = (struct bytes){ piecewise->block, (size_t)size };
    piecewise->position += size;
    piecewise->file_bytes -= (uint64_t)size;
    return true;
}

/* The next bytes of the encoded body, its end, or an error, which the client sees as a broken transfer. */
static ssize_t read_encoded(void *context, uint64_t position, char *room, size_t room_bytes) {
    struct piecewise *piecewise = context;
    (void)position; /* always the next one */
    for (;;) {
        if (piecewise->input.size == 0 && piecewise->file_bytes > 0 && !read_block(piecewise))
            return break_off(&piecewise->break_off);
        size_t made;
        bool last = piecewise->file_bytes == 0;
        enum coder_result result = coder_run(piecewise->coder, &piecewise->input, last, room, room_bytes, &made);
        if (made > 0)
            return (ssize_t)made;
        if (result != CODER_DONE)
            return break_off(&piecewise->break_off);
        if (last)
            return MHD_CONTENT_READER_END_OF_STREAM;
    }
}

static void release(void *context) { piecewise_destroy(context); }

struct MHD_Response *piecewise_response(struct piecewise *piecewise, struct MHD_Connection *connection, bool head) {
    break_off_prepare(&piecewise->break_off, connection);
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_encoded,
                                                                      piecewise, release);
    /* To HEAD libmicrohttpd 0.9 sends the last chunk, which the client takes for the beginning of its next answer: there
     * the connection ends instead. */
    if (response != NULL && head)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}
