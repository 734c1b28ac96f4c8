/* Bodies that are made or encoded while they are sent. */
#include "api/http/piecewise.h"

#include "api/http/break_off.h"
#include "api/http/encoding/coder.h"
#include "api/http/pieces.h"
#include "base/memory.h"

#include <unistd.h>

enum { BLOCK_BYTES = 32 * 1024 };

struct piecewise {
    struct request *request;
    atomic_uint *waiting;
    bool waits;            /* it is one of them */
    struct coder *coder;   /* NULL: sent as it is */
    struct pieces *pieces; /* NULL: a file or a body */
    bool idles;            /* they are among the idle ones, or were dropped there */
    struct bytes input;    /* what has not been sent or encoded yet of the block, the piece, or the body */
    bool ended;            /* nothing comes behind it */
    int file;              /* -1: none */
    uint64_t file_bytes;   /* not read yet */
    uint64_t body_bytes;   /* of all of it */
    off_t position;
    char *block; /* of the file */
    struct break_off break_off;
    struct budget_share share; /* of all this, and of the library's block */
};

/* Of a file that is not encoded the library takes care itself. */
static bool take_memory(struct piecewise *piecewise, const struct reply *reply) {
    if (reply->coding != CODING_NONE) {
        piecewise->coder = coder_encoder_create(reply->coding, CODER_FAST, reply_body_bytes(reply));
        if (piecewise->coder == NULL)
            return false;
    }
    if (reply->has_file) {
        piecewise->block = mem_alloc(BLOCK_BYTES);
        if (piecewise->block == NULL)
            return false;
    }
    size_t bytes = sizeof *piecewise + BLOCK_BYTES + (piecewise->block != NULL ? BLOCK_BYTES : 0) +
                   (piecewise->coder != NULL ? coder_memory_bytes(piecewise->coder) : 0);
    return budget_share_set(&piecewise->share, bytes);
}

struct piecewise *piecewise_create(struct request *request, atomic_uint *waiting) {
    struct reply *reply = &request->reply;
    struct piecewise *piecewise = mem_zero(1, sizeof *piecewise);
    if (piecewise == NULL)
        return NULL;
    piecewise->share = (struct budget_share){ .budget = request->gateway->budget, .kind = BUDGET_PAGES };
    piecewise->file = -1;
    if (!take_memory(piecewise, reply)) {
        piecewise_destroy(piecewise);
        return NULL;
    }

    piecewise->request = request;
    piecewise->waiting = waiting;
    piecewise->body_bytes = reply_body_bytes(reply);
    if (reply->has_file) {
        piecewise->file = reply->file_fd;
        piecewise->file_bytes = reply->file_bytes;
        reply->has_file = false;
    } else if (reply->pieces != NULL) {
        piecewise->pieces = reply->pieces;
    } else {
        piecewise->input = buffer_bytes(&reply->body);
        piecewise->ended = true;
    }
    return piecewise;
}

static void end_wait(struct piecewise *piecewise) {
    if (piecewise->waits)
        atomic_fetch_sub(piecewise->waiting, 1);
    piecewise->waits = false;
}

/* Also when the connection ends after a wait, without another call. */
void piecewise_destroy(struct piecewise *piecewise) {
    if (piecewise == NULL)
        return;
    end_wait(piecewise);
    if (piecewise->file >= 0)
        close(piecewise->file);
    coder_destroy(piecewise->coder);
    mem_free(piecewise->block);
    budget_share_set(&piecewise->share, 0);
    mem_free(piecewise);
}

/* The next block of the file; broken when it cannot be read, or is shorter than it was. */
static enum pieces_result read_block(struct piecewise *piecewise) {
    if (piecewise->file_bytes == 0)
        return PIECES_END;
    size_t wanted = piecewise->file_bytes < BLOCK_BYTES ? (size_t)piecewise->file_bytes : BLOCK_BYTES;
    ssize_t size = pread(piecewise->file, piecewise->block, wanted, piecewise->position);
    if (size <= 0)
        return PIECES_BROKEN;
    piecewise->input = (struct bytes){ piecewise->block, (size_t)size };
    piecewise->position += size;
    piecewise->file_bytes -= (uint64_t)size;
    return PIECES_SOME;
}

static enum pieces_result fetch(struct piecewise *piecewise) {
    return piecewise->pieces != NULL ? piecewise->pieces->next(piecewise->pieces, &piecewise->input)
                                     : read_block(piecewise);
}

/* Suspends the connection until request_ready. */
static void wait_for_piece(struct piecewise *piecewise) {
    struct MHD_Connection *connection = piecewise->break_off.connection;
    piecewise->waits = true;
    atomic_fetch_add(piecewise->waiting, 1);
    MHD_suspend_connection(connection);
    if (handoff_meet(&piecewise->request->handoff))
        MHD_resume_connection(connection);
}

static void let_others_go_first(struct piecewise *piecewise) {
    MHD_suspend_connection(piecewise->break_off.connection);
    MHD_resume_connection(piecewise->break_off.connection);
}

/* Moves input into the room, encoded or as it is. False: the encoder failed. */
static bool fill(struct piecewise *piecewise, char *room, size_t room_bytes, size_t *ret_made) {
    struct bytes *input = &piecewise->input;
    if (piecewise->coder != NULL) {
        enum coder_result result = coder_run(piecewise->coder, input, piecewise->ended, room, room_bytes, ret_made);
        return *ret_made > 0 || result == CODER_DONE;
    }
    *ret_made = input->size < room_bytes ? input->size : room_bytes;
    if (*ret_made > 0)
        memcpy(room, input->data, *ret_made);
    *input = (struct bytes){ input->data + *ret_made, input->size - *ret_made };
    return true;
}

/* Between two calls the rest of a piece may be dropped, which is asked for again then. */
static void begin_idling(struct piecewise *piecewise) {
    piecewise->idles = piecewise->pieces != NULL && piecewise->input.size > 0;
    if (piecewise->idles)
        idle_pieces_add(piecewise->request->idle_pieces, piecewise->pieces, piecewise->input.size);
}

static void end_idling(struct piecewise *piecewise) {
    if (piecewise->idles && !idle_pieces_remove(piecewise->request->idle_pieces, piecewise->pieces))
        piecewise->input = BYTES_NONE;
    piecewise->idles = false;
}

/* The next bytes of the body, its end, or an error, which the client sees as a broken transfer. */
static ssize_t read_body(void *context, uint64_t position, char *room, size_t room_bytes) {
    struct piecewise *piecewise = context;
    (void)position; /* always the next one */
    end_wait(piecewise);
    end_idling(piecewise);
    for (;;) {
        if (piecewise->input.size == 0 && !piecewise->ended) {
            switch (fetch(piecewise)) {
            case PIECES_SOME: break;
            case PIECES_END: piecewise->ended = true; break;
            case PIECES_BROKEN: return break_off(&piecewise->break_off);
            case PIECES_WAIT: wait_for_piece(piecewise); return 0;
            case PIECES_LATER: let_others_go_first(piecewise); return 0;
            }
        }

        size_t made = 0;
        if (!fill(piecewise, room, room_bytes, &made))
            return break_off(&piecewise->break_off);
        if (made > 0) {
            begin_idling(piecewise);
            return (ssize_t)made;
        }
        if (piecewise->ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
    }
}

static void release(void *context) { piecewise_destroy(context); }

struct MHD_Response *piecewise_response(struct piecewise *piecewise, struct MHD_Connection *connection) {
    bool encoded = piecewise->coder != NULL;
    break_off_prepare(&piecewise->break_off, connection);
    struct MHD_Response *response = MHD_create_response_from_callback(
        encoded ? MHD_SIZE_UNKNOWN : piecewise->body_bytes, BLOCK_BYTES, read_body, piecewise, release);
    /* To HEAD libmicrohttpd 0.9 sends the last chunk, which the client takes for the beginning of its next answer: there
     * the connection ends instead. */
    if (response != NULL && encoded && piecewise->request->head)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}
