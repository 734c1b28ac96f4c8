/* Chunks, and those that a channel keeps for streams that are behind. */
#include "api/live/hub_internal.h"

#include "base/memory.h"

struct stream_chunk *stream_chunk_new(struct hub *hub, struct buffer *text, size_t events, bool last) {
    stream_frame_end(text, last);
    struct stream_chunk *chunk = !text->failed ? mem_zero(1, sizeof *chunk) : NULL;
    if (chunk == NULL) {
        buffer_finish(text);
        return NULL;
    }
    chunk->hub = hub;
    chunk->references = 1;
    chunk->events = events;
    buffer_move(&chunk->text, text);
    chunk->frame = stream_frame_of(&chunk->text, last);
    budget_force(hub->options.budget, BUDGET_STREAMS,
                 chunk->text.capacity); /* it is there; hub.c keeps all under the cap */
    return chunk;
}

void stream_chunk_unref(struct stream_chunk *chunk) {
    if (chunk == NULL)
        return;
    assert(chunk->references > 0);
    if (--chunk->references > 0)
        return;
    budget_give(chunk->hub->options.budget, BUDGET_STREAMS, chunk->text.capacity);
    buffer_finish(&chunk->text);
    mem_free(chunk);
}

static void clear_entry(struct cached_chunk *entry) {
    buffer_finish(&entry->from);
    buffer_finish(&entry->to);
    if (entry->chunk != NULL)
        entry->chunk->hub->cached_count--;
    stream_chunk_unref(entry->chunk);
    *entry = (struct cached_chunk){ 0 };
}

void chunk_cache_clear(struct chunk_cache *cache) {
    for (size_t i = 0; i < CHUNK_CACHE_ENTRIES; i++)
        clear_entry(&cache->entries[i]);
}

void chunk_cache_put(struct chunk_cache *cache, struct bytes from, const struct stream_place *to,
                     struct stream_chunk *chunk) {
    struct cached_chunk *entry = &cache->entries[cache->count++ % CHUNK_CACHE_ENTRIES];
    clear_entry(entry);
    buffer_append_bytes(&entry->from, from);
    buffer_append_bytes(&entry->to, to->cursor);
    if (entry->from.failed || entry->to.failed) {
        clear_entry(entry);
        return;
    }
    chunk->references++;
    chunk->hub->cached_count++;
    entry->chunk = chunk;
    entry->place = (struct stream_place){ .at_sequence = to->at_sequence, .heads_for = to->heads_for };
}

const struct cached_chunk *chunk_cache_find(const struct chunk_cache *cache, struct bytes from) {
    for (size_t i = 0; i < CHUNK_CACHE_ENTRIES; i++)
        if (cache->entries[i].chunk != NULL && bytes_equal(buffer_bytes(&cache->entries[i].from), from))
            return &cache->entries[i];
    return NULL;
}
