/* Selections: which partitions a query matches. */
#include "gateway/read/selection.h"

#include "base/bits.h"
#include "gateway/topics.h"

bool selection_names(const struct selection_query *query, const struct storage_topic *topic) {
    for (size_t i = 0; i < query->pattern_count; i++)
        if (bytes_equal(query->patterns[i], bytes_text(topic->name)))
            return true;
    return false;
}

bool selection_can_grow(const struct selection_query *query) {
    for (size_t i = 0; i < query->pattern_count; i++)
        if (query->patterns[i].size > 0 && query->patterns[i].data[query->patterns[i].size - 1] == '*')
            return true;
    return false;
}

static uint32_t hash_bytes(uint32_t hash, struct bytes bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ (uint8_t)bytes.data[i]) * 16777619u; /* FNV-1a */
    return hash;
}

static uint32_t hash_number(uint32_t hash, uint32_t number) {
    char bytes[4];
    put_be32(bytes, number); /* the same on every machine: cursors travel */
    return hash_bytes(hash, (struct bytes){ bytes, sizeof bytes });
}

enum { FNV_OFFSET_BASIS = 0x811c9dc5 };

/* Sums of hashes do not depend on the order; a repeated word counts once. */
static uint32_t query_hash(const struct selection_query *query) {
    uint32_t names = 0;
    for (size_t i = 0; i < query->pattern_count; i++) {
        bool again = false;
        for (size_t j = 0; j < i && !again; j++)
            again = bytes_equal(query->patterns[i], query->patterns[j]);
        if (!again)
            names += hash_bytes(FNV_OFFSET_BASIS, query->patterns[i]);
    }

    uint32_t numbers = 0;
    for (size_t i = 0; i < query->partition_count; i++) {
        bool again = false;
        for (size_t j = 0; j < i && !again; j++)
            again = query->partitions[i] == query->partitions[j];
        if (!again)
            numbers += hash_number(FNV_OFFSET_BASIS, query->partitions[i]);
    }

    return hash_number(hash_number(FNV_OFFSET_BASIS, names), numbers);
}

static bool wants(const struct selection_query *query, uint32_t partition) {
    for (size_t i = 0; i < query->partition_count; i++)
        if (query->partitions[i] == partition)
            return true;
    return query->partition_count == 0;
}

static enum status check_partitions(const struct selection_query *query, const struct topics_found *topics) {
    for (size_t t = 0; t < topics->count; t++)
        for (size_t i = 0; i < query->partition_count; i++)
            if (query->partitions[i] >= topics->items[t]->settings.partitions &&
                selection_names(query, topics->items[t]))
                return STATUS_PARTITION_NOT_FOUND;
    return STATUS_OK;
}

static enum status list_partitions(const struct selection_query *query, struct arena *arena,
                                   struct selection *selection) {
    size_t count = 0;
    for (size_t t = 0; t < selection->topics.count; t++)
        count += selection->topics.items[t]->settings.partitions;

    selection->partitions = arena_array(arena, count + 1, sizeof *selection->partitions);
    if (selection->partitions == NULL)
        return STATUS_NO_MEMORY;

    for (size_t t = 0; t < selection->topics.count; t++) {
        const struct storage_topic *topic = selection->topics.items[t];
        for (uint32_t p = 0; p < topic->settings.partitions; p++)
            if (wants(query, p))
                selection->partitions[selection->partition_count++] =
                    (struct selected_partition){ topic, p, topic->partition_versions[p] };
    }

    return STATUS_OK;
}

enum status selection_resolve(struct topics *topics, const struct selection_query *query, struct arena *arena,
                              struct selection *ret_selection, size_t *ret_missing) {
    struct selection selection = { .hash = query_hash(query) };
    enum status s = topics_match(topics, query->patterns, query->pattern_count, arena, &selection.topics,
                                 query->lenient ? NULL : ret_missing);
    if (s == STATUS_OK && !query->lenient)
        s = check_partitions(query, &selection.topics);
    if (s == STATUS_OK)
        s = list_partitions(query, arena, &selection);
    if (s != STATUS_OK) {
        selection_finish(&selection);
        return s;
    }

    *ret_selection = selection;
    return STATUS_OK;
}

void selection_finish(struct selection *selection) {
    topics_found_finish(&selection->topics);
    selection->partitions = NULL;
    selection->partition_count = 0;
}
