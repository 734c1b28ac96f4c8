/* The channels of the hub: found by what their streams ask for, and ended when nobody needs them any more. */
#include "api/live/hub_internal.h"

static struct channel **bucket(struct hub *hub, uint32_t hash) { return &hub->by_request[hash % CHANNEL_BUCKETS]; }

struct channel *channel_find(struct hub *hub, const struct stream_request *request) {
    uint32_t hash = stream_request_hash(request);
    struct channel **head = bucket(hub, hash);
    for (struct channel *channel = *head; channel != NULL; channel = channel->next_in_bucket)
        if (channel->state != CHANNEL_ENDED && stream_request_equal(&channel->request, request))
            return channel;

    struct channel *channel = channel_create(hub, request);
    if (channel == NULL)
        return NULL;
    channel->hash = hash;
    channel->next_in_bucket = *head;
    *head = channel;
    channel->next = hub->channels;
    if (hub->channels != NULL)
        hub->channels->previous = channel;
    hub->channels = channel;
    return channel;
}

static void take_out(struct hub *hub, struct channel *channel) {
    struct channel **at = bucket(hub, channel->hash);
    while (*at != channel)
        at = &(*at)->next_in_bucket;
    *at = channel->next_in_bucket;

    if (channel->next != NULL)
        channel->next->previous = channel->previous;
    if (channel->previous != NULL)
        channel->previous->next = channel->next;
    else
        hub->channels = channel->next;
}

void hub_end_unused_channels(struct hub *hub) {
    while (hub->checked != NULL) {
        struct channel *channel = hub->checked;
        hub->checked = channel->next_checked;
        channel->checked = false;
        bool used = channel->members != NULL || channel->behind != NULL || channel->follow.state == FOLLOW_READING ||
                    channel->catch_ups != NULL;
        if (used)
            continue;
        take_out(hub, channel);
        channel_destroy(channel);
    }
}
