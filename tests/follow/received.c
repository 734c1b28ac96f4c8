/* What a reader has got, held against what is there. */
#include "tests/follow/received.h"

/* The next one that it is to get. */
static uint64_t skip_others(const struct received *received, const struct engine *engine, size_t at,
                            uint32_t partition) {
    const struct engine_topic *topic = &engine->topics[at];
    uint64_t offset = received->next_offset[at][partition];
    while (received->mine && offset < topic->next_offset[partition] && (topic->mine[partition] >> offset & 1) == 0)
        offset++;
    return offset;
}

bool received_keep(struct received *received, struct engine *engine, const struct page *page) {
    for (const struct page_chunk *chunk = page->chunks; chunk != NULL; chunk = chunk->next)
        for (size_t i = 0; i < chunk->read.record_count; i++) {
            const struct storage_record *record = &chunk->read.records[i];
            size_t at = (size_t)(engine_find(engine, chunk->topic->id) - engine->topics);
            if (record->offset != skip_others(received, engine, at, record->partition))
                return false;
            received->next_offset[at][record->partition] = record->offset + 1;
        }
    return true;
}

bool received_all(const struct received *received, const struct engine *engine, const struct selection_query *what) {
    for (size_t i = 0; i < engine->topic_count; i++) {
        const struct engine_topic *topic = &engine->topics[i];
        if (!topic->alive || !selection_matches(what, topic->description))
            continue;
        for (uint32_t p = 0; p < topic->description->settings.partitions; p++)
            if (skip_others(received, engine, i, p) < topic->next_offset[p])
                return false;
    }
    return true;
}
