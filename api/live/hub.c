/* The hub's thread: attaches sockets, lets them take text, and closes them. */
#include "api/live/hub_internal.h"

#include "base/clock.h"
#include "base/memory.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    EVENTS_AT_ONCE = 256,
    TICK_MS = 250,
    STANDSTILL_MS = 2000,
};

/* ---- coming and going ---- */

static void attach(struct hub *hub, struct subscriber *subscriber) {
    struct subscriber_start *start = subscriber->start;
    hub->subscriber_count++;
    subscriber->attached_ms = clock_monotonic_ms();
    subscriber->progress_ms = subscriber->attached_ms;
    subscriber->channel = channel_find(hub, &start->request);
    if (subscriber->channel == NULL) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    subscriber_set_state(subscriber, SUBSCRIBER_BEHIND);
    subscriber_configure_socket(subscriber);
    struct epoll_event event = { .events = EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = subscriber };
    if (epoll_ctl(hub->epoll, EPOLL_CTL_ADD, subscriber->fd, &event) != 0) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    if (start->request.format == STREAM_SSE)
        subscriber_set_young(subscriber);
    if (subscriber->channel->state == CHANNEL_IDLE)
        channel_step(subscriber->channel);

    struct stream_chunk *chunk = stream_chunk_new(hub, &start->text, start->events, subscriber->ends);
    subscriber_drop_start(subscriber);
    if (chunk == NULL)
        subscriber_leave(subscriber, HUB_END_FAILED);
    else if (subscriber_write(subscriber, chunk))
        subscriber_advance(subscriber);
    stream_chunk_unref(chunk);
}

/* At the end of a round: before, an event may still name a stream that leaves. */
static void end_leaving(struct hub *hub) {
    if (hub->leaving == NULL)
        return;
    struct subscriber **at = &hub->leaving;
    while (*at != NULL) {
        struct subscriber *subscriber = *at;
        if (subscriber->catch_up != NULL) { /* its read is under way, and ends first */
            at = &subscriber->next;
            continue;
        }
        *at = subscriber->next;
        if (subscriber->next != NULL)
            subscriber->next->previous = subscriber->previous;
        subscriber_drop_pending(subscriber);
        hub->subscriber_count--;
        subscriber_end(subscriber);
    }

    if (hub->subscriber_count == 0)
        metrics_slowest_lag(hub->metrics, 0); /* no tick follows */
}

/* ---- time ---- */

static void cut_slow(struct hub *hub, struct subscriber *subscriber, int64_t now_ms) {
    const struct hub_options *options = &hub->options;
    if (subscriber->pending == NULL)
        return;

    subscriber_probe(subscriber, now_ms);
    /* Now, if the next tick would be too late. */
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
    while (hub_text_bytes(hub) > hub_text_max(hub) || (hub->held_back && hub_is_half_full(hub))) {
        struct subscriber *slowest = find_slowest(hub);
        bool stands_still = slowest != NULL && now_ms - slowest->progress_ms >= STANDSTILL_MS;
        if (slowest == NULL || (hub_text_bytes(hub) <= hub_text_max(hub) && !stands_still))
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
            size_t lag = subscriber_unsent(subscriber);
            slowest = lag > slowest ? lag : slowest;
            cut_slow(hub, subscriber, now_ms);
            subscriber_tick(subscriber, now_ms);
        }
        channel_tick(channel, now_ms);
    }
    young_tick(hub, now_ms);
    keep_under_cap(hub, now_ms);
    metrics_slowest_lag(hub->metrics, slowest);
}

/* ---- the loop ---- */

static void handle_socket(struct subscriber *subscriber, uint32_t events) {
    if (subscriber->state == SUBSCRIBER_LEAVING)
        return;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        subscriber_leave(subscriber, HUB_END_CLIENT);
    else if (subscriber->pending != NULL && subscriber_flush(subscriber))
        subscriber_advance(subscriber);
}

static void handle_inbox(struct hub *hub, bool *ret_stopping) {
    struct hub_inbox inbox = hub_collect(hub);
    *ret_stopping = inbox.stopping;

    for (struct channel *channel = inbox.turned, *next; channel != NULL; channel = next) {
        next = channel->next_turned;
        channel_turn(channel);
    }
    for (struct hub_read *read = inbox.done, *next; read != NULL; read = next) {
        next = read->next;
        hub->reads_running--;
        read->done(read->context);
    }
    for (struct subscriber *subscriber = inbox.attaching, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        attach(hub, subscriber);
    }
}

static void resume_held_back(struct hub *hub) {
    if (!hub->held_back || hub_is_half_full(hub) || hub->catch_up_count >= CATCH_UPS_MAX)
        return;
    hub->held_back = false;
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next)
        channel_advance_behind(channel);
}

/* Between two events a stream can be told when to reconnect; in the middle of one it can only be cut. */
static void end_at_stop(struct subscriber *subscriber) {
    if (subscriber->pending == NULL)
        subscriber_write_retry(subscriber, subscriber->channel->request.format);
    subscriber_leave(subscriber, HUB_END_STOP);
}

static void end_all(struct hub *hub) {
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next) {
        while (channel->members != NULL)
            end_at_stop(channel->members);
        while (channel->behind != NULL)
            end_at_stop(channel->behind);
    }
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
                handle_socket(events[i].data.ptr, events[i].events);

        handle_inbox(hub, &stopping);
        if (stopping)
            end_all(hub);
        if (clock_monotonic_ms() >= next_tick_ms) {
            tick(hub);
            next_tick_ms = clock_monotonic_ms() + TICK_MS;
        }
        resume_held_back(hub);
        end_leaving(hub);
        hub_end_unused_channels(hub);
    }
    assert(hub->channels == NULL && hub_text_bytes(hub) == 0);
    return NULL;
}

struct hub *hub_start(struct gateway *gateway, struct connections *connections, struct metrics *metrics,
                      const struct hub_options *options) {
    struct hub *hub = mem_zero(1, sizeof *hub);
    if (hub == NULL)
        return NULL;
    hub->gateway = gateway;
    hub->waiters = gateway->waiters;
    hub->connections = connections;
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

void hub_stop(struct hub *hub) {
    if (!hub->running)
        return;
    hub->running = false;
    hub_post_stop(hub);
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
