/* Long polls: requests that wait behind an empty page. Those that wait for the same page, of the same query from the same
 * position, share one follower (follow.h), and then the page. No thread of their own reads: whoever of them is there when the
 * follower has a turn takes it for all.
 *
 *   poll_join: the first              follow_next
 *        v                                 v
 *     RUNNING ----- a page to be read ---> READING ---.
 *        ^   '----- at the head ---------> PARKED ----|
 *        |                                            v  the follower turned: one who waits is told to come
 *        '------------------ poll_turn ------------- DUE
 *        |
 *        '-- a page that answers, a failure, draining, no memory --> DONE: all are told; each comes, answers, and leaves
 *
 * Whoever runs stays until its step is taken. All others may leave at any time, the one that was told to come as well:
 * then another is told. Whoever leaves last takes the follower down; while that reads, its turn does. */
#ifndef TAILRACE_GATEWAY_READ_POLLS_H
#define TAILRACE_GATEWAY_READ_POLLS_H

#include "base/timers.h"
#include "gateway/read/page.h"

struct polls;
struct poll_group;

/* One that waits: the caller's memory, zeroed but for ready and context, between poll_join and poll_leave. */
struct poll {
    /* Called once for each POLL_WAITS, from any thread, perhaps before the call that says so has returned, and perhaps under
     * the waiters' lock (waiters.h): it must not block, and may call nothing of this module. */
    void (*ready)(void *context);
    void *context;       /* the caller's */
    int64_t deadline_ms; /* clock_monotonic_ms: until then it waits for an event */
    int64_t
        parked_until_ms; /* the same while it is at the head, if that is earlier: nothing can come later that it wants */

    /* Internal, guarded by the lock of the polls. */
    struct poll_group *group;
    struct poll *next; /* in the group */
    struct poll *previous;
    struct poll *next_ready;
    struct timer timer;
    uint64_t ticket;          /* read by its owner from poll_join on: of polls_hurry */
    struct poll *next_ticket; /* in the table of tickets */
    bool waiting;             /* `ready` is to be called */
    bool over;                /* its time is over, or its client has gone */
};

enum poll_turn {
    POLL_WAITS,     /* `ready` is called, or has been: then poll_turn again */
    POLL_PAGE,      /* poll_page is the answer: events, or a failure */
    POLL_NOTHING,   /* no event until its deadline, or while the server drains: poll_position is where it stands */
    POLL_NO_MEMORY, /* poll_position is where it stands, too */
};

enum status polls_create(struct gateway *gateway, struct polls **ret_polls);
void polls_destroy(struct polls *polls); /* nobody waits any more; NULL is fine */

/* Waits behind a page that was empty. Nothing of it and of the query is borrowed. False: no memory, and it has not
 * joined. True: as POLL_WAITS. */
bool poll_join(struct polls *polls, struct poll *poll, const struct page_query *query, const struct page *page);

/* After `ready`. */
enum poll_turn poll_turn(struct polls *polls, struct poll *poll);

/* Of POLL_PAGE: shared with others on other threads, so read only; until poll_leave. */
const struct page *poll_page(const struct poll *poll);

/* Appends the cursor; *ret_up_to_date: it was at the head. */
void poll_position(struct polls *polls, const struct poll *poll, struct buffer *cursor, bool *ret_up_to_date);

/* The time of the poll with this ticket is over now: its client has gone. Does nothing if it has left. Any thread. */
void polls_hurry(struct polls *polls, uint64_t ticket);

/* Not while POLL_WAITS and `ready` has not come. Fine when it never joined. */
void poll_leave(struct polls *polls, struct poll *poll);

/* Lets those go whose time is over at this moment of clock_monotonic_ms; a thread of polls.c does it, and tests. */
void polls_expire(struct polls *polls, int64_t now_ms);

#endif
