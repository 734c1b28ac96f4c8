/* A body that a handler makes while it is sent, piece by piece, so that no answer lies in memory as a whole. What is left of a
 * piece while its client takes nothing may go as well: those that have waited longest first, once memory is scarce. */
#ifndef TAILRACE_API_HTTP_PIECES_H
#define TAILRACE_API_HTTP_PIECES_H

#include "base/budget.h"
#include "base/bytes.h"

#include <pthread.h>

enum pieces_result {
    PIECES_SOME,
    PIECES_WAIT,   /* not there yet: request_wait was called, and request_ready comes, or has come; then again */
    PIECES_LATER,  /* not now, but perhaps when others of the thread have had their turns */
    PIECES_END,    /* all of it was given */
    PIECES_BROKEN, /* there is no more that could be given: the client must see a broken answer */
};

/* In the state of the handler, which lives as long as the answer. One call at a time: of `next` on a thread of the server, of
 * `drop` on any. */
struct pieces {
    /* The next piece, with at least one byte; borrowed until the next call of either. */
    enum pieces_result (*next)(struct pieces *pieces, struct bytes *ret_piece);
    /* Frees the piece, whose last `left` bytes are asked for again. Takes no lock. */
    void (*drop)(struct pieces *pieces, size_t left);
    uint64_t bytes; /* of all pieces together */

    /* Internal, guarded by the lock of the idle ones. */
    struct pieces *newer;
    struct pieces *older;
    size_t left; /* of its piece while it is idle; 0: it is not, or was dropped */
};

/* Those whose clients have not taken all of their piece, oldest first. */
struct idle_pieces {
    pthread_mutex_t lock; /* a leaf but for `drop` */
    struct budget *budget;
    struct pieces *oldest; /* guarded by lock, as the next one */
    struct pieces *newest;
};

void idle_pieces_init(struct idle_pieces *idle, struct budget *budget);
void idle_pieces_finish(struct idle_pieces *idle); /* there are none */

/* The last `left` bytes of its piece, at least one, wait for its client. While memory for pages is scarce, the oldest are
 * dropped, which may be this one. */
void idle_pieces_add(struct idle_pieces *idle, struct pieces *pieces, size_t left);

/* Its client takes more, or nothing any more. False: it is not among them, or was dropped. */
bool idle_pieces_remove(struct idle_pieces *idle, struct pieces *pieces);

#endif
