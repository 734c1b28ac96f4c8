/* What the hub says, and the sockets that take it. */
#include "api/live/hub_internal.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { SEND_BUFFER_BYTES = 128 * 1024 }; /* of the kernel, a stream: what a slow one costs there */

struct burst *burst_new(struct hub *hub, struct buffer *text, size_t events) {
    struct burst *burst = !text->failed ? mem_zero(1, sizeof *burst) : NULL;
    if (burst == NULL) {
        buffer_finish(text);
        return NULL;
    }
    burst->hub = hub;
    burst->references = 1;
    burst->events = events;
    burst->text = *text;
    *text = (struct buffer){ 0 };
    hub->pinned_bytes += burst->text.capacity;
    return burst;
}

void burst_unref(struct burst *burst) {
    if (burst == NULL || --burst->references > 0)
        return;
    burst->hub->pinned_bytes -= burst->text.capacity;
    buffer_finish(&burst->text);
    mem_free(burst);
}

static void set_pending(struct subscriber *subscriber, struct burst *burst) {
    burst_unref(subscriber->pending);
    subscriber->pending = burst;
    subscriber->sent = 0;
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
    set_pending(subscriber, NULL);
    return true;
}

/* The kernel reports room only when much of its buffer is free, and then takes much at once: what tells a slow reader
 * from one that is gone is what lies in the buffer. */
void subscriber_look(struct subscriber *subscriber, int64_t now_ms) {
    int queued = 0;
    if (ioctl(subscriber->fd, SIOCOUTQ, &queued) != 0 || queued < 0)
        return;
    uint64_t taken = subscriber->written - (uint64_t)queued;
    if (taken != subscriber->taken)
        subscriber->progress_ms = now_ms;
    subscriber->taken = taken;
}

bool subscriber_say(struct subscriber *subscriber, struct burst *burst) {
    burst->references++;
    metrics_events_out(burst->hub->metrics, burst->events, burst->text.size);
    set_pending(subscriber, burst);
    subscriber->progress_ms = clock_monotonic_ms();
    return subscriber_flush(subscriber);
}

void subscriber_drop_pending(struct subscriber *subscriber) { set_pending(subscriber, NULL); }

void subscriber_set_socket(struct subscriber *subscriber) {
    int fd = subscriber->fd;
    int bytes = SEND_BUFFER_BYTES;
    int yes = 1;
    int no = 0;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(fd, IPPROTO_TCP, TCP_CORK, &no, sizeof no); /* what libmicrohttpd may have left on */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}
