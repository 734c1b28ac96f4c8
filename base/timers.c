/* The wheel. */
#include "base/timers.h"

static int64_t tick_of(int64_t time_ms) { return time_ms / TIMERS_TICK_MS; }

static void link_timer(struct timer **list, struct timer *timer) {
    timer->next = *list;
    timer->at = list;
    if (*list != NULL)
        (*list)->at = &timer->next;
    *list = timer;
}

static void unlink_timer(struct timer *timer) {
    *timer->at = timer->next;
    if (timer->next != NULL)
        timer->next->at = timer->at;
    timer->next = NULL;
    timer->at = NULL;
}

void timers_clear(struct timers *timers, struct timer *timer) {
    if (timer->at == NULL)
        return;
    unlink_timer(timer);
    timers->count--;
}

void timers_set(struct timers *timers, struct timer *timer, int64_t due_ms) {
    timers_clear(timers, timer);
    timer->due_ms = due_ms;
    int64_t tick = tick_of(due_ms) > timers->tick ? tick_of(due_ms) : timers->tick;
    link_timer(&timers->slots[tick % TIMERS_SLOTS], timer);
    timers->count++;
}

static void collect_slot(struct timers *timers, int64_t tick, int64_t now_ms) {
    for (struct timer *timer = timers->slots[tick % TIMERS_SLOTS], *next; timer != NULL; timer = next) {
        next = timer->next;
        if (timer->due_ms > now_ms)
            continue; /* of a later round, or later in this tick */
        unlink_timer(timer);
        link_timer(&timers->due, timer);
    }
}

struct timer *timers_take(struct timers *timers, int64_t now_ms) {
    if (timers->due == NULL && timers->count > 0) {
        int64_t now = tick_of(now_ms);
        if (now - timers->tick >= TIMERS_SLOTS)
            timers->tick = now - TIMERS_SLOTS + 1; /* each slot once is enough */
        for (; timers->tick < now; timers->tick++)
            collect_slot(timers, timers->tick, now_ms);
        collect_slot(timers, timers->tick, now_ms); /* not passed whole: others may come into it */
    }
    struct timer *timer = timers->due;
    if (timer != NULL)
        timers_clear(timers, timer);
    return timer;
}
