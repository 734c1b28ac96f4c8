/* Followers (follow.h), which wait for events. This module knows which topics each of them waits for, and wakes them when
 * something may be read there. */
#ifndef TAILRACE_GATEWAY_READ_WAITERS_H
#define TAILRACE_GATEWAY_READ_WAITERS_H

#include "gateway/read/selection.h"
#include "storage/storage.h"

struct waiters;
struct waiter_link;

/* The states of a waiter that was added. Every move is made under the waiters' lock.
 *
 *   waiters_watch ---> ARMED --- waiters_park ---> PARKED
 *                      |  ^                           |
 *            a change  |  | waiters_rearm             |  a change, or draining: calls `wake`
 *         or draining  v  |                           |
 *                     CHANGED <-----------------------'
 *
 * waiters_park leaves a waiter that is CHANGED as it is. Its owner parks and rearms it, storage's threads change it. It may be removed in any state; once waiters_remove has returned, `wake` is not called any
 * more. */
enum waiter_state { WAITER_ARMED, WAITER_CHANGED, WAITER_PARKED };

/* One that waits: the caller's memory, zeroed but for wake and context, between waiters_watch and waiters_remove. */
struct waiter {
    /* Called once for each waiters_park that returned true, unless the waiter is removed first; from any thread and
     * under the waiters' lock: it must not block, and may call nothing of this module. Lock order: waiters, then
     * libmicrohttpd. */
    void (*wake)(void *context);
    void *context; /* the caller's */

    /* Internal, guarded by the lock of the waiters. */
    struct waiter *next; /* among all */
    struct waiter *previous;
    const struct selection_query *what; /* if topics that are not there yet can come to be selected, else NULL */
    struct waiter *next_growing;        /* among those */
    struct waiter *previous_growing;
    struct waiter_link *links; /* one for each topic; NULL: it is not added */
    size_t link_count;
    enum waiter_state state;
};

/* waiters_attach comes before the first waiter: it names the storage that watches for them. */
enum status waiters_create(struct waiters **ret_waiters);
void waiters_attach(struct waiters *waiters, struct storage *storage);
void waiters_destroy(struct waiters *waiters); /* no waiter is left; NULL is fine */

/* Storage hooks, and what follows from them: a change for those who watch the partition, and for those whose selection a
 * topic that was made, grew or went belongs to, or may come to belong to. Nobody else is looked at, but for the patterns
 * of those whose selection can grow. */
void waiters_on_change(struct waiters *waiters, uint64_t topic_id, uint32_t partition);
void waiters_on_topic(struct waiters *waiters, const struct storage_topic *topic);

/* Adds it, or lets it notice changes in other partitions from now on: those that `what` (borrowed until waiters_remove, and
 * always the same) selects now. Call it before reading: waiters_park then does not park if anything has come since. Not
 * while PARKED. STATUS_OK or STATUS_NO_MEMORY. */
enum status waiters_watch(struct waiters *waiters, struct waiter *waiter, const struct selection_query *what,
                          const struct selection *selection);
void waiters_remove(struct waiters *waiters, struct waiter *waiter); /* fine when it was never added, or removed */

/* Whether it was added, and notices the changes of just these partitions. Of its owner's threads. */
bool waiters_watches(const struct waiter *waiter, const struct selection *selection);

/* Forgets the changes so far: the caller is about to read. Not while PARKED; fine before it is added. */
void waiters_rearm(struct waiters *waiters, struct waiter *waiter);

/* True: parked; `wake` will be called at the next change, or when draining. False: something changed since waiters_rearm,
 * or the waiters drain. */
bool waiters_park(struct waiters *waiters, struct waiter *waiter);

/* Wakes all that are parked; from now on waiters_park refuses. */
void waiters_drain(struct waiters *waiters);
bool waiters_draining(struct waiters *waiters);

#endif
