/* The hub's thread: sockets that come, take text, and go. */
#include "api/live/hub_internal.h"

#include "api/live/stream_text.h"
#include "base/clock.h"
#include "base/memory.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    EVENTS_AT_ONCE = 256,
    TICK_MS = 250,
    STANDSTILL_MS = 2000,
    STOP_RETRY_MS = 1000, /* and as much again at random, so that not all come back at once */
    STOP_RETRY_SPREAD_MS = 4000,
};

/* ---- going ---- */

/* Goes at the end of the round: an event of this one may still name it. */
void subscriber_leave(struct subscriber *subscriber, enum hub_end end) {
    if (subscriber->leaving)
        return;
    struct hub *hub = subscriber->channel->read.hub;
    channel_remove(subscriber);
    subscriber->leaving = true;
    subscriber->end = end;
    subscriber->channel = NULL;
    subscriber->next = hub->leaving;
    hub->leaving = subscriber;
    epoll_ctl(hub->epoll, EPOLL_CTL_DEL, subscriber->fd, NULL);
}

static void part(struct hub *hub, struct subscriber *subscriber) {
    subscriber_drop_pending(subscriber);
    buffer_finish(&subscriber->first);
    buffer_finish(&subscriber->cursor);
    hub->subscriber_count--;
    subscriber->left(subscriber, subscriber->end);
}

static void part_with_leaving(struct hub *hub) {
    struct subscriber *reading = NULL;
    if (hub->leaving == NULL)
        return;
    while (hub->leaving != NULL) {
        struct subscriber *subscriber = hub->leaving;
        hub->leaving = subscriber->next;
        if (subscriber->catching_up == NULL) {
            part(hub, subscriber);
            continue;
        }
        subscriber->next = reading; /* its read is under way, and ends first */
        reading = subscriber;
    }
    hub->leaving = reading;
    for (struct channel *channel = hub->channels, *next; channel != NULL; channel = next) {
        next = channel->next;
        channel_destroy_if_idle(channel);
    }
}

/* ---- coming ---- */

static void welcome(struct hub *hub, struct subscriber *subscriber) {
    struct channel *channel = channel_find(hub, &subscriber->asked);
    hub->subscriber_count++;
    subscriber->progress_ms = clock_monotonic_ms();
    subscriber->window_ms = subscriber->progress_ms;
    if (channel == NULL) {
        subscriber->end = HUB_END_FAILED;
        part(hub, subscriber);
        return;
    }
    channel_add(channel, subscriber);
    subscriber_set_socket(subscriber);
    struct epoll_event event = { .events = EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = subscriber };
    if (epoll_ctl(hub->epoll, EPOLL_CTL_ADD, subscriber->fd, &event) != 0) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    if (!channel->begun) {
        channel->begun = true;
        channel_advance(channel);
    }
    struct burst *burst = burst_new(hub, &subscriber->first, subscriber->first_events);
    if (burst == NULL)
        subscriber_leave(subscriber, HUB_END_FAILED);
    else if (subscriber_say(subscriber, burst))
        channel_settle(subscriber);
    burst_unref(burst);
}

static void welcome_coming(struct hub *hub, struct subscriber *coming) {
    while (coming != NULL) {
        struct subscriber *subscriber = coming;
        coming = subscriber->next;
        subscriber->next = NULL;
        welcome(hub, subscriber);
    }
}

/* ---- time ---- */

static void cut_slow(struct hub *hub, struct subscriber *subscriber, int64_t now_ms) {
    const struct hub_options *options = &hub->options;
    if (subscriber->pending == NULL)
        return;
    subscriber_look(subscriber, now_ms);
    /* Now, if the next look would be too late. */
    if (now_ms - subscriber->progress_ms > options->stall_ms - TICK_MS) {
        subscriber_leave(subscriber, HUB_END_STALLED);
        return;
    }
    int64_t window_ms = now_ms - subscriber->window_ms;
    if (window_ms <= options->slow_window_ms - TICK_MS)
        return;
    if ((int64_t)(subscriber->taken - subscriber->window_taken) * 1000 < window_ms * SLOW_BYTES_PER_SECOND)
        subscriber_leave(subscriber, HUB_END_SLOW);
    subscriber->window_ms = now_ms;
    subscriber->window_taken = subscriber->taken;
}

/* The one that has waited longest for its socket; NULL: nobody waits. */
static struct subscriber *find_slowest(struct hub *hub) {
    struct subscriber *slowest = NULL;
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next)
        for (struct subscriber *subscriber = channel->behind; subscriber != NULL; subscriber = subscriber->next)
            if (subscriber->pending != NULL && (slowest == NULL || subscriber->progress_ms < slowest->progress_ms))
                slowest = subscriber;
    return slowest;
}

/* Beyond the cap the slowest go; while others are held back because of them, also below it, once they stand still. */
static void keep_under_cap(struct hub *hub, int64_t now_ms) {
    while (hub->pinned_bytes > hub->options.pinned_bytes_max || (hub->held_back && hub_is_half_full(hub))) {
        struct subscriber *slowest = find_slowest(hub);
        bool stands_still = slowest != NULL && now_ms - slowest->progress_ms >= STANDSTILL_MS;
        if (slowest == NULL || (hub->pinned_bytes <= hub->options.pinned_bytes_max && !stands_still))
            return;
        subscriber_leave(slowest, HUB_END_MEMORY);
        subscriber_drop_pending(slowest);
    }
}

static void tick(struct hub *hub) {
    int64_t now_ms = clock_monotonic_ms();
    uint64_t slowest = 0;
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next) {
        for (struct subscriber *subscriber = channel->behind, *next; subscriber != NULL; subscriber = next) {
            next = subscriber->next;
            size_t lag = subscriber->pending != NULL ? subscriber->pending->text.size - subscriber->sent : 0;
            slowest = lag > slowest ? lag : slowest;
            cut_slow(hub, subscriber, now_ms);
        }
        channel_heartbeat(channel, now_ms);
    }
    keep_under_cap(hub, now_ms);
    metrics_slowest_lag(hub->metrics, slowest);
}

/* ---- the loop ---- */

void hub_wake_locked(struct hub *hub) {
    if (hub->awake)
        return;
    uint64_t one = 1;
    hub->awake = true;
    ssize_t written = write(hub->wake, &one, sizeof one);
    (void)written; /* full means that it is awake */
}

static void handle(struct subscriber *subscriber, uint32_t events) {
    if (subscriber->leaving)
        return;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        subscriber_leave(subscriber, HUB_END_CLIENT);
        return;
    }
    if (subscriber->pending != NULL && subscriber_flush(subscriber))
        channel_settle(subscriber);
}

static void take_lists(struct hub *hub, struct subscriber **ret_coming, struct hub_read **ret_done,
                       struct channel **ret_changed, bool *ret_stopping) {
    uint64_t count;
    ssize_t size = read(hub->wake, &count, sizeof count);
    (void)size;
    pthread_mutex_lock(&hub->lock);
    *ret_coming = hub->coming;
    *ret_done = hub->done;
    *ret_changed = hub->changed;
    *ret_stopping = hub->stopping;
    hub->coming = NULL;
    hub->done = NULL;
    hub->changed = NULL;
    hub->awake = false;
    for (struct channel *channel = *ret_changed; channel != NULL; channel = channel->next_changed)
        channel->changed = false;
    pthread_mutex_unlock(&hub->lock);
}

static void work_off(struct hub *hub, bool *ret_stopping) {
    struct subscriber *coming;
    struct hub_read *done;
    struct channel *changed;
    take_lists(hub, &coming, &done, &changed, ret_stopping);
    /* Before the reads: what they bring may be the end of a channel, but of none that has been marked as changed. */
    for (struct channel *next; changed != NULL; changed = next) {
        next = changed->next_changed;
        channel_advance(changed);
    }
    for (struct hub_read *next; done != NULL; done = next) {
        next = done->next;
        done->running = false;
        hub->reads_running--;
        done->finish(done);
    }
    welcome_coming(hub, coming);
}

static unsigned retry_at_stop(void) {
    unsigned random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (unsigned)clock_monotonic_us();
    return STOP_RETRY_MS + random % STOP_RETRY_SPREAD_MS;
}

/* Between two events a stream can be told when to come again; in the middle of one it can only be cut. */
static void say_goodbye(struct hub *hub, struct subscriber *subscriber) {
    if (subscriber->pending == NULL) {
        struct buffer text = { 0 };
        stream_text_retry(&text, subscriber->asked.format, retry_at_stop());
        struct burst *burst = text.size > 0 ? burst_new(hub, &text, 0) : NULL;
        if (burst != NULL)
            subscriber_say(subscriber, burst);
        burst_unref(burst);
    }
    subscriber_leave(subscriber, HUB_END_STOP);
}

static void end_all(struct hub *hub) {
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next) {
        while (channel->members != NULL)
            say_goodbye(hub, channel->members);
        while (channel->behind != NULL)
            say_goodbye(hub, channel->behind);
    }
}

static void go_on_held_back(struct hub *hub) {
    if (!hub->held_back || hub_is_half_full(hub))
        return;
    hub->held_back = false;
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next)
        channel_settle_behind(channel);
}

static void *hub_loop(void *context) {
    struct hub *hub = context;
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t next_tick_ms = clock_monotonic_ms() + TICK_MS;
    for (bool stopping = false; !stopping || hub->subscriber_count > 0 || hub->reads_running > 0;) {
        int64_t wait_ms = next_tick_ms - clock_monotonic_ms();
        int timeout = hub->subscriber_count == 0 && !stopping ? -1 : wait_ms > 0 ? (int)wait_ms : 0;
        int count = epoll_wait(hub->epoll, events, EVENTS_AT_ONCE, timeout);
        for (int i = 0; i < count; i++)
            if (events[i].data.ptr != NULL)
                handle(events[i].data.ptr, events[i].events);
        work_off(hub, &stopping);
        if (stopping)
            end_all(hub);
        if (clock_monotonic_ms() >= next_tick_ms) {
            tick(hub);
            next_tick_ms = clock_monotonic_ms() + TICK_MS;
        }
        go_on_held_back(hub);
        part_with_leaving(hub);
    }
    return NULL;
}

struct hub *hub_start(struct gateway *gateway, struct metrics *metrics, const struct hub_options *options) {
    struct hub *hub = mem_zero(1, sizeof *hub);
    if (hub == NULL)
        return NULL;
    hub->gateway = gateway;
    hub->waiters = gateway->waiters;
    hub->metrics = metrics;
    hub->options = *options;
    pthread_mutex_init(&hub->lock, NULL);
    hub->epoll = epoll_create1(EPOLL_CLOEXEC);
    hub->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    if (hub->epoll >= 0 && hub->wake >= 0 && epoll_ctl(hub->epoll, EPOLL_CTL_ADD, hub->wake, &event) == 0)
        hub->running = pthread_create(&hub->thread, NULL, hub_loop, hub) == 0;
    if (hub->running)
        return hub;
    hub_destroy(hub);
    return NULL;
}

void hub_join(struct hub *hub, struct subscriber *subscriber) {
    pthread_mutex_lock(&hub->lock);
    bool stopping = hub->stopping;
    if (!stopping) {
        subscriber->next = hub->coming;
        hub->coming = subscriber;
        hub_wake_locked(hub);
    }
    pthread_mutex_unlock(&hub->lock);
    if (!stopping)
        return;
    buffer_finish(&subscriber->first);
    buffer_finish(&subscriber->cursor);
    subscriber->left(subscriber, HUB_END_STOP);
}

void hub_stop(struct hub *hub) {
    if (!hub->running)
        return;
    hub->running = false;
    pthread_mutex_lock(&hub->lock);
    hub->stopping = true;
    hub_wake_locked(hub);
    pthread_mutex_unlock(&hub->lock);
    pthread_join(hub->thread, NULL);
}

void hub_destroy(struct hub *hub) {
    if (hub == NULL)
        return;
    hub_stop(hub);
    if (hub->epoll >= 0)
        close(hub->epoll);
    if (hub->wake >= 0)
        close(hub->wake);
    pthread_mutex_destroy(&hub->lock);
    mem_free(hub);
}
