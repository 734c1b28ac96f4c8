/* What other threads tell the hub: streams that come, reads that are done, the turns of channels, the stop. */
#include "api/live/hub_internal.h"

#include <unistd.h>

/* Between the two, what the inbox holds may be changed. */
static struct hub_inbox *open_inbox(struct hub *hub) {
    pthread_mutex_lock(&hub->lock);
    return &hub->inbox;
}

static void close_inbox(struct hub *hub) {
    uint64_t one = 1;
    if (!hub->awake) {
        ssize_t written = write(hub->wake, &one, sizeof one);
        (void)written; /* full means that it is awake */
    }
    hub->awake = true;
    pthread_mutex_unlock(&hub->lock);
}

void hub_attach(struct hub *hub, struct subscriber *subscriber, const struct taken_socket *socket) {
    subscriber->hub = hub;
    subscriber->fd = socket->fd;
    subscriber->chunked = socket->chunked;
    subscriber->place = socket->place;
    subscriber->state = SUBSCRIBER_ATTACHING;
    metrics_stream_opened(hub->metrics);

    struct hub_inbox *inbox = open_inbox(hub);
    bool stopping = inbox->stopping;
    if (!stopping) {
        subscriber->next = inbox->attaching;
        inbox->attaching = subscriber;
    }
    close_inbox(hub);

    if (!stopping)
        return; /* another thread may have it by now */
    subscriber->end = HUB_END_STOP;
    subscriber_write_retry(subscriber, subscriber->start->request.format);
    subscriber_end(subscriber);
}

void hub_post_read(void *context) {
    struct hub_read *read = context;
    struct hub_inbox *inbox = open_inbox(read->hub);
    read->next = inbox->done;
    inbox->done = read;
    close_inbox(read->hub);
}

/* A follower turns once for each step, and takes no other before it has been taken out. */
void hub_post_turned(void *context) {
    struct channel *channel = context;
    struct hub_inbox *inbox = open_inbox(channel->hub);
    channel->next_turned = inbox->turned;
    inbox->turned = channel;
    close_inbox(channel->hub);
}

void hub_post_stop(struct hub *hub) {
    open_inbox(hub)->stopping = true;
    close_inbox(hub);
}

void hub_withdraw_turned(struct channel *channel) {
    struct channel **at = &open_inbox(channel->hub)->turned;
    while (*at != NULL && *at != channel)
        at = &(*at)->next_turned;
    if (*at != NULL)
        *at = channel->next_turned;
    pthread_mutex_unlock(&channel->hub->lock);
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
