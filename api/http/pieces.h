/* A body that a handler makes while it is sent, piece by piece, so that no answer lies in memory as a whole. */
#ifndef TAILRACE_API_HTTP_PIECES_H
#define TAILRACE_API_HTTP_PIECES_H

#include "base/bytes.h"

enum pieces_result {
    PIECES_SOME,
    PIECES_WAIT,   /* not there yet: request_wait was called, and request_ready comes, or has come; then again */
    PIECES_END,    /* all of it was given */
    PIECES_BROKEN, /* there is no more that could be given: the client must see a broken answer */
};

/* In the state of the handler, which lives as long as the answer. One call at a time, on a thread of the server. */
struct pieces {
    /* The next piece, with at least one byte; borrowed until the next call of either. */
    enum pieces_result (*next)(struct pieces *pieces, struct bytes *ret_piece);
    /* Memory is scarce: frees the piece, whose last `left` bytes are asked for again. False: it stays where it is. */
    bool (*drop)(struct pieces *pieces, size_t left);
    uint64_t bytes; /* of all pieces together */
};

#endif
