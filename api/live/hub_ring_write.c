/* Streams that are behind and go on with what their channel wrote. */
#include "api/live/hub_internal.h"

#include "base/clock.h"

enum {
    VECTORS_MAX = 512,           /* texts in one write; they may be small */
    SEND_BYTES_MAX = 256 * 1024, /* more than a socket takes */
};

/* The texts that a stream wants next, as one write. */
struct gathered {
    struct iovec vectors[VECTORS_MAX];
    size_t vector_count;
    uint64_t next_sequence; /* behind all of them */
};

static void gather(const struct subscriber *subscriber, struct gathered *gathered) {
    const struct channel_ring *ring = &subscriber->channel->ring;
    const struct ring_text *kept;
    size_t bytes = 0;
    gathered->vector_count = 0;
    gathered->next_sequence = subscriber->at_sequence + 1;
    for (; (kept = ring_at(ring, gathered->next_sequence)) != NULL; gathered->next_sequence++) {
        const struct stream_chunk *chunk = kept->chunk;
        if (chunk == NULL)
            continue;
        if (gathered->vector_count == VECTORS_MAX || bytes >= SEND_BYTES_MAX)
            return;
        struct bytes text = subscriber_text(subscriber, &chunk->frame);
        gathered->vectors[gathered->vector_count++] = (struct iovec){ (void *)text.data, text.size };
        bytes += text.size;
    }
}

/* Moves the stream behind what its socket has taken, and keeps the text that it took in part, or none of, as pending. */
static void move_on(struct subscriber *subscriber, const struct gathered *gathered, size_t sent) {
    const struct channel_ring *ring = &subscriber->channel->ring;
    while (subscriber->at_sequence + 1 < gathered->next_sequence && subscriber->pending == NULL) {
        struct stream_chunk *chunk = ring_at(ring, ++subscriber->at_sequence)->chunk;
        if (chunk == NULL)
            continue;
        metrics_events_out(subscriber->hub->metrics, chunk->events, chunk->frame.content.size);
        size_t size = subscriber_text(subscriber, &chunk->frame).size;
        if (sent < size) {
            chunk->references++;
            subscriber->pending = chunk;
            subscriber->sent = sent;
        }
        sent -= sent < size ? sent : size;
    }
}

bool ring_write(struct subscriber *subscriber) {
    struct channel *channel = subscriber->channel;
    assert(subscriber->pending == NULL);
    if (subscriber->at_sequence == 0 || ring_at(&channel->ring, subscriber->at_sequence + 1) == NULL)
        return false;

    struct gathered gathered;
    gather(subscriber, &gathered);
    size_t sent = 0;
    if (gathered.vector_count > 0 && !subscriber_send(subscriber, gathered.vectors, gathered.vector_count, &sent)) {
        subscriber_leave(subscriber, HUB_END_CLIENT);
        return true;
    }
    move_on(subscriber, &gathered, sent);
    subscriber->written_ms = subscriber->progress_ms = clock_monotonic_ms();

    const struct buffer *cursor = &ring_at(&channel->ring, subscriber->at_sequence)->cursor;
    if (!subscriber_set_place(subscriber, &(struct stream_place){ .cursor = buffer_bytes(cursor),
                                                                  .at_sequence = subscriber->at_sequence }))
        subscriber_leave(subscriber, HUB_END_FAILED);
    return true;
}
