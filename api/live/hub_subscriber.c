/* A stream's state, the lists it is in, and its socket. */
#include "api/live/hub_internal.h"

#include "base/clock.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { SEND_BUFFER_BYTES = 128 * 1024 }; /* of the kernel, a stream: what a slow one costs there */

/* ---- states ---- */

static struct subscriber **list_of(const struct subscriber *subscriber) {
    switch (subscriber->state) {
    case SUBSCRIBER_ATTACHING: return NULL; /* out of the inbox by now */
    case SUBSCRIBER_BEHIND: return &subscriber->channel->behind;
    case SUBSCRIBER_MEMBER: return &subscriber->channel->members;
    case SUBSCRIBER_LEAVING: return &subscriber->hub->leaving;
    case SUBSCRIBER_DETACHED: return NULL;
    }
    return NULL;
}

static void move_to_state(struct subscriber *subscriber, enum subscriber_state state) {
    struct subscriber **list = list_of(subscriber);
    if (list != NULL) {
        if (subscriber->next != NULL)
            subscriber->next->previous = subscriber->previous;
        if (subscriber->previous != NULL)
            subscriber->previous->next = subscriber->next;
        else
            *list = subscriber->next;
    }

    subscriber->state = state;
    list = list_of(subscriber);
    subscriber->previous = NULL;
    subscriber->next = list != NULL ? *list : NULL;
    if (subscriber->next != NULL)
        subscriber->next->previous = subscriber;
    if (list != NULL)
        *list = subscriber;
}

void subscriber_set_state(struct subscriber *subscriber, enum subscriber_state state) {
    struct channel *channel = subscriber->channel;
    switch (state) {
    case SUBSCRIBER_ATTACHING: assert(false); break;
    case SUBSCRIBER_BEHIND:
        assert(subscriber->state == SUBSCRIBER_ATTACHING || subscriber->state == SUBSCRIBER_MEMBER);
        break;
    case SUBSCRIBER_MEMBER:
        assert(subscriber->state == SUBSCRIBER_BEHIND && subscriber->at_sequence == channel->sequence);
        assert(subscriber->pending == NULL && subscriber->catch_up == NULL);
        break;
    case SUBSCRIBER_LEAVING: assert(subscriber->state < SUBSCRIBER_LEAVING); break;
    case SUBSCRIBER_DETACHED: assert(subscriber->state == SUBSCRIBER_LEAVING && subscriber->catch_up == NULL); break;
    }
    move_to_state(subscriber, state);

    if (state == SUBSCRIBER_BEHIND || state == SUBSCRIBER_MEMBER) {
        subscriber->window_ms = clock_monotonic_ms();
        subscriber->window_taken = subscriber->taken;
        if (channel->behind == NULL)
            chunk_cache_clear(&channel->cache); /* nobody is left who could use it */
    }
}

void subscriber_leave(struct subscriber *subscriber, enum hub_end end) {
    if (subscriber->state == SUBSCRIBER_LEAVING)
        return;
    subscriber_set_state(subscriber, SUBSCRIBER_LEAVING);
    subscriber->channel = NULL;
    subscriber->end = end;
    epoll_ctl(subscriber->hub->epoll, EPOLL_CTL_DEL, subscriber->fd, NULL);
}

/* ---- the socket ---- */

void subscriber_configure_socket(struct subscriber *subscriber) {
    int fd = subscriber->fd;
    int bytes = SEND_BUFFER_BYTES;
    int yes = 1;
    int no = 0;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(fd, IPPROTO_TCP, TCP_CORK, &no, sizeof no); /* what libmicrohttpd may have left on */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

void subscriber_drop_pending(struct subscriber *subscriber) {
    stream_chunk_unref(subscriber->pending);
    subscriber->pending = NULL;
    subscriber->sent = 0;
}

bool subscriber_write(struct subscriber *subscriber, struct stream_chunk *chunk) {
    assert(subscriber->pending == NULL);
    chunk->references++;
    subscriber->pending = chunk;
    subscriber->progress_ms = clock_monotonic_ms();
    metrics_events_out(subscriber->hub->metrics, chunk->events, chunk->text.size);
    return subscriber_flush(subscriber);
}

bool subscriber_flush(struct subscriber *subscriber) {
    const struct buffer *text = &subscriber->pending->text;
    while (subscriber->sent < text->size) {
        ssize_t size = send(subscriber->fd, text->data + subscriber->sent, text->size - subscriber->sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                subscriber_leave(subscriber, HUB_END_CLIENT);
            return false;
        }
        subscriber->sent += (size_t)size;
        subscriber->written += (uint64_t)size;
    }
    subscriber_drop_pending(subscriber);
    return true;
}

/* The kernel reports room only when much of its buffer is free, and then takes much at once: what tells a slow reader
 * from one that is gone is what lies in the buffer. */
void subscriber_probe(struct subscriber *subscriber, int64_t now_ms) {
    int queued = 0;
    if (ioctl(subscriber->fd, SIOCOUTQ, &queued) != 0 || queued < 0)
        return;
    uint64_t taken = subscriber->written - (uint64_t)queued;
    if (taken != subscriber->taken)
        subscriber->progress_ms = now_ms;
    subscriber->taken = taken;
}
