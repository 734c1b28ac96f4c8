/* The ring of a channel, and the bound on all of them. */
#include "api/live/hub_internal.h"

#include "base/memory.h"

enum {
    MILESTONE_BYTES = 64 * 1024, /* of text from one to the next */
    MILESTONES_MAX = 1024,
};

struct milestone {
    uint64_t sequence;
    struct buffer cursor;
};

/* ---- texts ---- */

static struct ring_text **slot(const struct channel_ring *ring, uint64_t sequence) {
    return &ring->texts[sequence & (ring->capacity - 1)];
}

const struct ring_text *ring_at(const struct channel_ring *ring, uint64_t sequence) {
    bool kept = ring->count > 0 && sequence >= ring->first && sequence - ring->first < ring->count;
    return kept ? *slot(ring, sequence) : NULL;
}

static void enlist(struct hub *hub, struct ring_text *text) {
    text->older = hub->newest_text;
    if (hub->newest_text != NULL)
        hub->newest_text->newer = text;
    else
        hub->oldest_text = text;
    hub->newest_text = text;
}

/* The oldest of its channel. */
static void drop_first(struct channel *channel) {
    struct hub *hub = channel->hub;
    struct channel_ring *ring = &channel->ring;
    struct ring_text *text = *slot(ring, ring->first);
    ring->first++;
    ring->count--;
    if (text->newer != NULL)
        text->newer->older = text->older;
    else
        hub->newest_text = text->older;
    if (text->older != NULL)
        text->older->newer = text->newer;
    else
        hub->oldest_text = text->newer;

    hub->ring_bytes -= text->chunk != NULL ? text->chunk->text.capacity : 0;
    stream_chunk_unref(text->chunk);
    buffer_finish(&text->cursor);
    mem_free(text);
}

/* Room for one more. */
static bool grow(struct channel_ring *ring) {
    if (ring->count < ring->capacity)
        return true;
    size_t capacity = ring->capacity > 0 ? 2 * ring->capacity : 64; /* a power of two: slots by mask */
    struct ring_text **texts = mem_zero(capacity, sizeof *texts);
    if (texts == NULL)
        return false;
    for (size_t i = 0; i < ring->count; i++)
        texts[(ring->first + i) & (capacity - 1)] = *slot(ring, ring->first + i);
    mem_free(ring->texts);
    ring->texts = texts;
    ring->capacity = capacity;
    return true;
}

static void add_milestone(struct channel_ring *ring, uint64_t sequence, struct bytes cursor) {
    if (ring->milestones == NULL)
        ring->milestones = mem_zero(MILESTONES_MAX, sizeof *ring->milestones);
    if (ring->milestones == NULL)
        return; /* some read alone then */
    if (ring->milestone_count == MILESTONES_MAX) {
        buffer_finish(&ring->milestones[0].cursor);
        memmove(ring->milestones, ring->milestones + 1, (MILESTONES_MAX - 1) * sizeof *ring->milestones);
        ring->milestone_count--;
    }
    struct milestone *milestone = &ring->milestones[ring->milestone_count];
    *milestone = (struct milestone){ .sequence = sequence };
    buffer_append_bytes(&milestone->cursor, cursor);
    if (milestone->cursor.failed)
        buffer_finish(&milestone->cursor);
    else
        ring->milestone_count++;
}

/* A quarter of the text that streams may hold; less where memory is short. */
static bool rings_hold_too_much(const struct hub *hub) {
    return hub->ring_bytes > hub_text_max(hub) / 4 || budget_is_above(hub->options.budget, BUDGET_STREAMS, 7);
}

void ring_put(struct channel *channel, struct stream_chunk *chunk) {
    struct hub *hub = channel->hub;
    struct channel_ring *ring = &channel->ring;
    struct bytes cursor = follow_position(&channel->follow);
    struct ring_text *text = grow(ring) ? mem_zero(1, sizeof *text) : NULL;
    if (text != NULL)
        buffer_append_bytes(&text->cursor, cursor);
    if (text == NULL || text->cursor.failed) {
        mem_free(text);
        ring_clear(channel); /* a ring has no holes */
        return;
    }

    if (ring->count == 0)
        ring->first = channel->sequence;
    text->channel = channel;
    if (chunk != NULL) {
        chunk->references++;
        text->chunk = chunk;
        hub->ring_bytes += chunk->text.capacity;
        ring->since_milestone += chunk->text.size;
    }
    *slot(ring, ring->first + ring->count++) = text;
    enlist(hub, text);
    if (ring->since_milestone >= MILESTONE_BYTES) {
        ring->since_milestone = 0;
        add_milestone(ring, channel->sequence, cursor);
    }
    while (rings_hold_too_much(hub) && hub->oldest_text != text)
        drop_first(hub->oldest_text->channel); /* the oldest of all is the oldest of its own */
}

void ring_drop_texts(struct channel *channel) {
    while (channel->ring.count > 0)
        drop_first(channel);
}

void ring_clear(struct channel *channel) {
    struct channel_ring *ring = &channel->ring;
    ring_drop_texts(channel);
    for (size_t i = 0; i < ring->milestone_count; i++)
        buffer_finish(&ring->milestones[i].cursor);
    mem_free(ring->milestones);
    mem_free(ring->texts);
    *ring = (struct channel_ring){ 0 };
}

bool ring_stop(const struct subscriber *subscriber, struct bytes *ret_cursor, uint64_t *ret_sequence) {
    const struct channel_ring *ring = &subscriber->channel->ring;
    uint64_t from = subscriber->at_sequence > 0 ? subscriber->at_sequence + 1 : subscriber->heads_for;
    if (from == 0)
        return false;
    size_t low = 0;
    size_t high = ring->milestone_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ring->milestones[middle].sequence < from)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == ring->milestone_count)
        return false;
    *ret_cursor = buffer_bytes(&ring->milestones[low].cursor);
    *ret_sequence = ring->milestones[low].sequence;
    return true;
}
