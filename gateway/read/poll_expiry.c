/* Long polls and time: deadlines, kept by a thread, and clients that go. */
#include "gateway/read/polls_internal.h"

#include "base/clock.h"
#include "base/memory.h"

enum { TICK_MS = 20 };

static void end_waiting(struct told *told, struct poll *poll) {
    poll->over = true;
    if (poll->waiting)
        poll_tell(told, poll);
}

void polls_hurry(struct polls *polls, uint64_t ticket) {
    struct told told = { 0 };
    pthread_mutex_lock(&polls->lock);
    struct poll *poll = *polls_with_ticket(polls, ticket);
    if (poll != NULL) {
        timers_clear(&polls->timers, &poll->timer);
        end_waiting(&told, poll);
    }
    pthread_mutex_unlock(&polls->lock);
    polls_call_told(&told);
}

void polls_expire(struct polls *polls, int64_t now_ms) {
    struct told told = { 0 };
    pthread_mutex_lock(&polls->lock);
    for (struct timer *timer; (timer = timers_take(&polls->timers, now_ms)) != NULL;) {
        struct poll *poll = (struct poll *)((char *)timer - offsetof(struct poll, timer));
        end_waiting(&told, poll);
    }
    pthread_mutex_unlock(&polls->lock);
    polls_call_told(&told);
}

static struct timespec in_ms(int64_t ms) {
    int64_t then_ms = clock_monotonic_ms() + ms;
    return (struct timespec){ .tv_sec = then_ms / 1000, .tv_nsec = then_ms % 1000 * 1000000 };
}

static void *tick(void *context) {
    struct polls *polls = context;
    pthread_mutex_lock(&polls->lock);
    while (!polls->stop) {
        if (polls->timers.count == 0) {
            pthread_cond_wait(&polls->changed, &polls->lock);
            continue;
        }
        pthread_mutex_unlock(&polls->lock);
        polls_expire(polls, clock_monotonic_ms());
        struct timespec next = in_ms(TICK_MS);
        pthread_mutex_lock(&polls->lock);
        if (!polls->stop)
            pthread_cond_timedwait(&polls->changed, &polls->lock, &next);
    }
    pthread_mutex_unlock(&polls->lock);
    return NULL;
}

enum status polls_create(struct gateway *gateway, struct polls **ret_polls) {
    struct polls *polls = mem_zero(1, sizeof *polls);
    if (polls == NULL)
        return STATUS_NO_MEMORY;
    polls->gateway = gateway;
    pthread_mutex_init(&polls->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&polls->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&polls->ticker, NULL, tick, polls) != 0) {
        mem_free(polls);
        return STATUS_NO_MEMORY;
    }
    *ret_polls = polls;
    return STATUS_OK;
}

void polls_destroy(struct polls *polls) {
    if (polls == NULL)
        return;
    pthread_mutex_lock(&polls->lock);
    assert(polls->timers.count == 0);
    polls->stop = true;
    pthread_cond_signal(&polls->changed);
    pthread_mutex_unlock(&polls->lock);
    pthread_join(polls->ticker, NULL);
    pthread_cond_destroy(&polls->changed);
    pthread_mutex_destroy(&polls->lock);
    mem_free(polls);
}
