/* What polls.c and poll_expiry.c share. */
#ifndef TAILRACE_GATEWAY_READ_POLLS_INTERNAL_H
#define TAILRACE_GATEWAY_READ_POLLS_INTERNAL_H

#include "gateway/read/follow.h"
#include "gateway/read/polls.h"

#include <assert.h>
#include <pthread.h>

enum { POLLS_BUCKETS = 4096 };

enum group_state { GROUP_RUNNING, GROUP_READING, GROUP_PARKED, GROUP_DUE, GROUP_DONE };

struct poll_group {
    struct polls *polls;
    struct poll_group *next; /* in its bucket, as the next one */
    struct poll_group **at;  /* what points to it; NULL: nobody joins it any more */
    uint32_t query_hash;
    enum group_state state;
    enum poll_turn result;     /* while DONE */
    const struct poll *runner; /* while RUNNING; or told to come, while DUE */
    struct poll *members;
    bool up_to_date;
    struct buffer position;
    struct follow follow; /* of the runner, but for its query, which stays; while DONE of all, to read */
    struct arena memory;  /* of what the query borrows */
};

struct polls {
    struct gateway *gateway;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct poll_group
        *groups[POLLS_BUCKETS]; /* guarded by lock, as all that follows, and what is not the follower's of groups */
    struct poll *tickets[POLLS_BUCKETS];
    uint64_t last_ticket;
    struct timers timers;
    bool stop;
    pthread_t ticker;
};

static inline struct poll **polls_with_ticket(struct polls *polls, uint64_t ticket) {
    struct poll **at = &polls->tickets[ticket % POLLS_BUCKETS];
    while (*at != NULL && (*at)->ticket != ticket)
        at = &(*at)->next_ticket;
    return at;
}

/* Those whose `ready` is called once the lock is free: nothing else brings them back, so none can leave before. */
struct told {
    struct poll *first;
};

static inline void poll_tell(struct told *told, struct poll *poll) {
    assert(poll->waiting);
    poll->waiting = false;
    poll->next_ready = told->first;
    told->first = poll;
}

static inline void polls_call_told(const struct told *told) {
    for (struct poll *poll = told->first, *next; poll != NULL; poll = next) {
        next = poll->next_ready;
        poll->ready(poll->context);
    }
}

#endif
