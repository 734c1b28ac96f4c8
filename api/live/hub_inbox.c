/* What other threads tell the hub: streams that come, reads that are done, channels that are woken, the stop. */
#include "api/live/hub_internal.h"

#include <unistd.h>

static void wake_locked(struct hub *hub) {
    if (hub->awake)
        return;
    uint64_t one = 1;
    hub->awake = true;
    ssize_t written = write(hub->wake, &one, sizeof one);
    (void)written; /* full means that it is awake */
}

void hub_attach(struct hub *hub, struct subscriber *subscriber) {
    subscriber->hub = hub;
    subscriber->state = SUBSCRIBER_ATTACHING;

    pthread_mutex_lock(&hub->lock);
    bool stopping = hub->inbox.stopping;
    if (!stopping) {
        subscriber->next = hub->inbox.attaching;
        hub->inbox.attaching = subscriber;
        wake_locked(hub);
    }
    pthread_mutex_unlock(&hub->lock);

    if (!stopping)
        return; /* another thread may have it by now */
    buffer_finish(&subscriber->first);
    buffer_finish(&subscriber->cursor);
    subscriber->detached(subscriber, HUB_END_STOP);
}

void hub_post_read(void *context) {
    struct hub_read *read = context;
    struct hub *hub = read->hub;
    pthread_mutex_lock(&hub->lock);
    read->next = hub->inbox.done;
    hub->inbox.done = read;
    wake_locked(hub);
    pthread_mutex_unlock(&hub->lock);
}

/* A parked channel is woken once, and not parked again before it has been taken out. */
void hub_post_woken(void *context) {
    struct channel *channel = context;
    struct hub *hub = channel->hub;
    pthread_mutex_lock(&hub->lock);
    channel->next_woken = hub->inbox.woken;
    hub->inbox.woken = channel;
    wake_locked(hub);
    pthread_mutex_unlock(&hub->lock);
}

void hub_post_stop(struct hub *hub) {
    pthread_mutex_lock(&hub->lock);
    hub->inbox.stopping = true;
    wake_locked(hub);
    pthread_mutex_unlock(&hub->lock);
}

void hub_withdraw_woken(struct channel *channel) {
    struct hub *hub = channel->hub;
    pthread_mutex_lock(&hub->lock);
    struct channel **at = &hub->inbox.woken;
    while (*at != NULL && *at != channel)
        at = &(*at)->next_woken;
    if (*at != NULL)
        *at = channel->next_woken;
    pthread_mutex_unlock(&hub->lock);
}

struct hub_inbox hub_collect(struct hub *hub) {
    uint64_t count;
    ssize_t size = read(hub->wake, &count, sizeof count);
    (void)size;

    pthread_mutex_lock(&hub->lock);
    struct hub_inbox inbox = hub->inbox;
    hub->inbox = (struct hub_inbox){ .stopping = inbox.stopping };
    hub->awake = false;
    pthread_mutex_unlock(&hub->lock);
    return inbox;
}
