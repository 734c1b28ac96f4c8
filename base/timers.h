/* Timers as a hashed wheel (Varghese and Lauck, 1987, scheme 6): setting, moving and clearing one costs the same however many
 * there are, and time that passes costs what comes due. Intrusive: no memory of its own. One thread at a time. */
#ifndef TAILRACE_BASE_TIMERS_H
#define TAILRACE_BASE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

enum {
    TIMERS_SLOTS = 512,
    TIMERS_TICK_MS =
        16, /* a slot; a timer that is further away than all of them is looked at once a round, every 8 s */
};

/* Zeroed: not set. */
struct timer {
    struct timer *next; /* in its slot, or among those that are due */
    struct timer **at;  /* what points to it; NULL: not set */
    int64_t due_ms;
};

/* Zeroed: empty. */
struct timers {
    struct timer *slots[TIMERS_SLOTS];
    struct timer *due; /* passed, and not taken yet */
    int64_t tick;      /* the first that has not passed whole */
    size_t count;      /* of those that are set */
};

/* Sets it, or moves it. Times are of any clock that does not go back (clock_monotonic_ms). */
void timers_set(struct timers *timers, struct timer *timer, int64_t due_ms);
void timers_clear(struct timers *timers, struct timer *timer); /* fine when it is not set */

/* One that is due, cleared; NULL: there is none any more. In no order among those that came due since the last call. */
struct timer *timers_take(struct timers *timers, int64_t now_ms);

#endif
