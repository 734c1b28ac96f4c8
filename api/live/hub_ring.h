/* The texts that a channel wrote last, kept while streams are behind: most go on from there, and read nothing. Where a text
 * begins is a place that readers have in common, however many partitions there are. Those that the ring has passed read on,
 * up to the next milestone, so that they meet there and go on together. Of the hub's thread. */
#ifndef TAILRACE_API_LIVE_HUB_RING_H
#define TAILRACE_API_LIVE_HUB_RING_H

#include "base/buffer.h"

struct channel;
struct milestone;
struct stream_chunk;
struct subscriber;

/* A text, and the channel's cursor behind it. */
struct ring_text {
    struct channel *channel;
    struct ring_text *newer; /* of any channel */
    struct ring_text *older;
    struct stream_chunk *chunk; /* NULL: the cursor moved without a text */
    struct buffer cursor;
};

/* Without holes up to the channel's newest text; and, further back, some of the cursors that it had. */
struct channel_ring {
    struct ring_text **texts; /* by sequence, modulo the capacity */
    size_t capacity;
    uint64_t first; /* sequence */
    size_t count;
    struct milestone *milestones; /* rising */
    size_t milestone_count;
    size_t since_milestone; /* bytes */
};

/* Keeps what moved the channel to its cursor; NULL: it was no text. The oldest texts of all channels go when there are too
 * many bytes of them. */
void ring_put(struct channel *channel, struct stream_chunk *chunk);
void ring_drop_texts(struct channel *channel);
void ring_clear(struct channel *channel); /* the milestones, too */

/* The text that led to the cursor of this sequence; NULL: it is not kept. */
const struct ring_text *ring_at(const struct channel_ring *ring, uint64_t sequence);

/* Where a stream that reads on is to stop, so that it meets others. False: where the channel is. */
bool ring_stop(const struct subscriber *subscriber, struct bytes *ret_cursor, uint64_t *ret_sequence);

/* Of hub_ring_write.c: writes what follows the place where a stream stands, as much as its socket takes. False: the ring
 * does not have it. */
bool ring_write(struct subscriber *subscriber);

#endif
