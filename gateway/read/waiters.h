/* Whoever waits for events: long polls, and the channels of streams. It knows which topics each of them waits for,
 * wakes them when something may be read there, and keeps the deadlines of those that are parked. */
#ifndef TAILRACE_GATEWAY_READ_WAITERS_H
#define TAILRACE_GATEWAY_READ_WAITERS_H

#include "gateway/read/selection.h"
#include "storage/storage.h"

struct waiters;
struct waiter_link;

/* One that waits: the caller's memory, zeroed but for wake and context, between waiters_add and waiters_remove. */
struct waiter {
    /* Called once for each waiters_park that gave true, from any thread and under the waiters' lock: it must not block,
     * and may call nothing of this module. Lock order: waiters, then libmicrohttpd. */
    void (*wake)(void *context);
    void *context; /* the caller's */

    /* Internal, guarded by the lock of the waiters. */
    struct waiter *next; /* among all */
    struct waiter *previous;
    struct waiter_link *links; /* a topic each */
    size_t link_count;
    int64_t deadline_ms; /* while parked; 0: none */
    bool parked;
    bool changed; /* since it was last parked or looked */
};

/* The storage is needed for watching, and is given by waiters_attach before the first waiter comes. */
enum status waiters_create(struct waiters **ret_waiters);
void waiters_attach(struct waiters *waiters, struct storage *storage);
void waiters_destroy(struct waiters *waiters); /* nobody waits any more; NULL is fine */

/* Storage hooks, and what follows from them. */
void waiters_on_change(struct waiters *waiters, uint64_t topic_id);
void waiters_on_catalog(struct waiters *waiters); /* topics were made, grew or went: everybody looks again */

/* Begins to notice changes in these partitions. Call it before looking at what is there: what comes behind the look is
 * then noticed, and waiters_park does not park. STATUS_OK or STATUS_NO_MEMORY. */
enum status waiters_add(struct waiters *waiters, struct waiter *waiter, const struct selection *selection);
void waiters_remove(struct waiters *waiters, struct waiter *waiter); /* fine when it was never added, or removed */

/* Notices changes in other partitions from now on. */
enum status waiters_update(struct waiters *waiters, struct waiter *waiter, const struct selection *selection);

/* Forgets the changes so far: the caller is about to look. */
void waiters_rearm(struct waiters *waiters, struct waiter *waiter);

/* True: parked; `wake` will be called at the next change, at the deadline (clock_monotonic_ms; 0: none), or when
 * draining. False: there has been a change since it looked, or nobody may wait any more. */
bool waiters_park(struct waiters *waiters, struct waiter *waiter, int64_t deadline_ms);

/* From now on nobody is parked, and those who are, are woken. */
void waiters_drain(struct waiters *waiters);
bool waiters_draining(struct waiters *waiters);

#endif
