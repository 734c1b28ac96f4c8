/* One that follows a selection: it reads on from its position, and at the head it waits for a change. Long polls (polls.h)
 * and the channels of streams are made of it, and render what it gives.
 *
 *             follow_init
 *                  v                 a page is to be read
 *      .-------> READY ----------------------------------> READING
 *      |           |                                          |
 *      |           | follow_next: at the head, watched        |  the page is made
 *      |           | before it was read, and nothing since    |
 *      |           v                                          v
 *      |         PARKED ---- a change, draining ----------> turned, once
 *      |                                                      |
 *      '------------------------------------------------------'
 *                              follow_turn
 *
 * It watches what it has found before it reads: what is committed, made or grown between a look and the watch is found by
 * one more read. Only a page that came to the head, of partitions that were all watched before it was begun, is followed
 * by parking, and waiters_park refuses if something came after that beginning. Progress is a position that moved, also over
 * events that the query leaves out: such a page is empty, not at the head, and followed by the next read.
 *
 * One thread at a time, its owner's; only `turned` comes from others. */
#ifndef TAILRACE_GATEWAY_READ_FOLLOW_H
#define TAILRACE_GATEWAY_READ_FOLLOW_H

#include "gateway/read/page.h"
#include "gateway/read/waiters.h"

enum follow_state { FOLLOW_READY, FOLLOW_READING, FOLLOW_PARKED };

enum follow_went {
    FOLLOW_WENT_ON,        /* reading or parked: turned comes, or has come */
    FOLLOW_WENT_DRAINING,  /* at the head, and the waiters drain: nothing more will come */
    FOLLOW_WENT_NO_MEMORY, /* as it was; it may be tried again */
};

enum follow_turn {
    FOLLOW_PAGE,   /* `page` is there, perhaps empty; follow_accept goes behind it */
    FOLLOW_WOKEN,  /* it was parked: the next step reads */
    FOLLOW_FAILED, /* page.status says why; the next step reads the same again */
};

struct follow {
    /* Called once for each follow_next that went on, from any thread, perhaps before it returns, and perhaps under the
     * waiters' lock (waiters.h): it must not block, and may call nothing of this module and of the waiters. */
    void (*turned)(void *context);
    void *context; /* the caller's */
    struct page_query
        query;        /* the caller's until the first page is accepted; what it borrows stays until follow_finish */
    struct page page; /* the last one, until the next step */

    /* Internal. */
    struct gateway *gateway;
    enum follow_state state;
    bool settled;         /* the page was accepted, and came to the head */
    struct buffer cursor; /* where it stands; query.cursor is this one */
    struct waiter waiter;
    struct arena memory; /* of the page */
};

/* Zeroed memory, with turned, context and query. */
void follow_init(struct follow *follow, struct gateway *gateway);

/* Watches what a look that the caller has had found, so that the first page need not be read twice. False: no memory. */
bool follow_watch(struct follow *follow, const struct selection *selection);

/* Not while READING. Fine when zeroed. */
void follow_finish(struct follow *follow);

/* The next step of one that is READY. */
enum follow_went follow_next(struct follow *follow);

/* After `turned`: what has come of the step. READY from here on. */
enum follow_turn follow_turn(struct follow *follow);

/* Goes behind the page that follow_turn gave. *ret_moved: its position is another one. False: no memory; it is where it
 * was, and reads the page again. */
bool follow_accept(struct follow *follow, bool *ret_moved);

/* Where it stands; none before the first page was accepted. */
struct bytes follow_position(const struct follow *follow);

/* Of the last page: nothing is left to follow, and nothing can come. */
bool follow_is_over(const struct follow *follow);

#endif
