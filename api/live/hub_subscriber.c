/* A stream's state, the lists it is in, and its socket. */
#include "api/live/hub_internal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SEND_BUFFER_BYTES = 128 * 1024, /* of the kernel, a stream: what a slow one costs there */
    STOP_RETRY_MS_MIN = 1000,       /* at random up to the other, so that not all reconnect at once */
    STOP_RETRY_MS_MAX = 5000,
};

/* ---- states ---- */

static struct subscriber **list_of(const struct subscriber *subscriber) {
    switch (subscriber->state) {
    case SUBSCRIBER_ATTACHING: return NULL; /* out of the inbox by now */
    case SUBSCRIBER_BEHIND: return &subscriber->channel->behind;
    case SUBSCRIBER_MEMBER: return &subscriber->channel->members;
    case SUBSCRIBER_LEAVING: return &subscriber->hub->leaving;
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
    }
    move_to_state(subscriber, state);

    if (state == SUBSCRIBER_BEHIND || state == SUBSCRIBER_MEMBER) {
        subscriber->window_ms = clock_monotonic_ms();
        subscriber->window_taken = subscriber->taken;
        if (channel->behind == NULL)
            channel_drop_texts(channel); /* nobody is left who could use them */
    }
}

bool subscriber_set_place(struct subscriber *subscriber, const struct stream_place *place) {
    buffer_clear(&subscriber->cursor);
    buffer_append_bytes(&subscriber->cursor, place->cursor);
    subscriber->at_sequence = place->at_sequence;
    subscriber->heads_for = place->heads_for;
    return !subscriber->cursor.failed;
}

void subscriber_set_young(struct subscriber *subscriber) {
    struct hub *hub = subscriber->hub;
    subscriber->young = true;
    subscriber->older = hub->youngest;
    subscriber->younger = NULL;
    if (hub->youngest != NULL)
        hub->youngest->younger = subscriber;
    else
        hub->oldest = subscriber;
    hub->youngest = subscriber;
}

void subscriber_set_grown(struct subscriber *subscriber) {
    struct hub *hub = subscriber->hub;
    if (!subscriber->young)
        return;
    subscriber->young = false;
    if (subscriber->older != NULL)
        subscriber->older->younger = subscriber->younger;
    else
        hub->oldest = subscriber->younger;
    if (subscriber->younger != NULL)
        subscriber->younger->older = subscriber->older;
    else
        hub->youngest = subscriber->older;
}

void subscriber_leave(struct subscriber *subscriber, enum hub_end end) {
    if (subscriber->state == SUBSCRIBER_LEAVING)
        return;
    subscriber_set_state(subscriber, SUBSCRIBER_LEAVING);
    subscriber_set_grown(subscriber);
    if (subscriber->channel != NULL)
        channel_note_check(subscriber->channel);
    subscriber->channel = NULL;
    subscriber->end = end;
    epoll_ctl(subscriber->hub->epoll, EPOLL_CTL_DEL, subscriber->fd, NULL);
}

void subscriber_fall_behind(struct subscriber *subscriber) {
    const struct channel *channel = subscriber->channel;
    if (subscriber->state != SUBSCRIBER_MEMBER)
        return;
    bool placed = subscriber_set_place(subscriber, &(struct stream_place){ .cursor = follow_position(&channel->follow),
                                                                           .at_sequence = channel->sequence });
    subscriber_set_state(subscriber, SUBSCRIBER_BEHIND);
    if (!placed)
        subscriber_leave(subscriber, HUB_END_FAILED);
}

/* ---- coming and going ---- */

struct subscriber *subscriber_create(struct stream_start *start) {
    struct subscriber *subscriber = mem_zero(1, sizeof *subscriber);
    if (subscriber == NULL)
        return NULL;
    subscriber->start = mem_zero(1, sizeof *subscriber->start);
    if (subscriber->start == NULL ||
        !stream_request_copy(&start->request, &subscriber->start->memory, &subscriber->start->request)) {
        subscriber_destroy(subscriber);
        return NULL;
    }

    subscriber->start->events = start->events;
    buffer_move(&subscriber->start->text, &start->text);
    buffer_move(&subscriber->cursor, &start->cursor);
    subscriber->ends = start->ends;
    return subscriber;
}

void subscriber_drop_start(struct subscriber *subscriber) {
    struct subscriber_start *start = take(&subscriber->start);
    if (start == NULL)
        return;
    buffer_finish(&start->text);
    arena_finish(&start->memory);
    mem_free(start);
}

void subscriber_destroy(struct subscriber *subscriber) {
    if (subscriber == NULL)
        return;
    subscriber_drop_start(subscriber);
    buffer_finish(&subscriber->cursor);
    mem_free(subscriber);
}

static void count_end(struct metrics *metrics, enum hub_end end) {
    metrics_stream_closed(metrics);
    switch (end) {
    case HUB_END_CLIENT:
    case HUB_END_DONE: break;
    case HUB_END_STALLED: metrics_cut(metrics, METRICS_CUT_SLOW_NONE); break;
    case HUB_END_SLOW: metrics_cut(metrics, METRICS_CUT_SLOW_RATE); break;
    case HUB_END_MEMORY: metrics_cut(metrics, METRICS_CUT_MEMORY); break;
    case HUB_END_STOP: metrics_cut(metrics, METRICS_CUT_STOPPING); break;
    case HUB_END_FAILED: metrics_cut(metrics, METRICS_CUT_ERROR); break;
    }
}

/* The place is free before the client can see the end, and come back. */
void subscriber_end(struct subscriber *subscriber) {
    connections_leave(subscriber->hub->connections, &subscriber->place);
    close(subscriber->fd);
    count_end(subscriber->hub->metrics, subscriber->end);
    subscriber_destroy(subscriber);
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
    subscriber->written_ms = clock_monotonic_ms();
    subscriber->progress_ms = subscriber->written_ms;
    metrics_events_out(subscriber->hub->metrics, chunk->events, chunk->frame.content.size);
    return subscriber_flush(subscriber);
}

struct bytes subscriber_text(const struct subscriber *subscriber, const struct stream_frame *frame) {
    return subscriber->chunked ? frame->chunk : frame->content;
}

size_t subscriber_unsent(const struct subscriber *subscriber) {
    const struct stream_chunk *pending = subscriber->pending;
    return pending != NULL ? subscriber_text(subscriber, &pending->frame).size - subscriber->sent : 0;
}

bool subscriber_send(struct subscriber *subscriber, const struct iovec *vectors, size_t count, size_t *ret_sent) {
    const struct msghdr message = { .msg_iov = (struct iovec *)vectors, .msg_iovlen = count };
    ssize_t size;
    do
        size = sendmsg(subscriber->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (size < 0 && errno == EINTR);
    *ret_sent = size > 0 ? (size_t)size : 0;
    subscriber->written += *ret_sent;
    return size >= 0 || errno == EAGAIN || errno == EWOULDBLOCK;
}

bool subscriber_flush(struct subscriber *subscriber) {
    struct bytes text = subscriber_text(subscriber, &subscriber->pending->frame);
    while (subscriber->sent < text.size) {
        const struct iovec rest = { (void *)(text.data + subscriber->sent), text.size - subscriber->sent };
        size_t sent;
        if (!subscriber_send(subscriber, &rest, 1, &sent))
            subscriber_leave(subscriber, HUB_END_CLIENT);
        if (sent == 0)
            return false;
        subscriber->sent += sent;
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

void subscriber_write_retry(const struct subscriber *subscriber, enum stream_format format) {
    autobuffer struct buffer text = { 0 };
    stream_frame_begin(&text);
    stream_text_retry(&text, format, random_between(STOP_RETRY_MS_MIN, STOP_RETRY_MS_MAX));
    if (text.failed || stream_frame_empty(&text))
        return;
    stream_frame_end(&text, false);
    struct stream_frame frame = stream_frame_of(&text, false);
    struct bytes bytes = subscriber_text(subscriber, &frame);
    ssize_t size = send(subscriber->fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)size; /* its end follows */
}
