/* Selections: which partitions a query matches. */
#include "gateway/read/selection.h"

#include "base/hash.h"
#include "gateway/topics.h"

bool selection_names(const struct selection_query *query, const struct storage_topic *topic) {
    for (size_t i = 0; i < query->pattern_count; i++)
        if (bytes_equal(query->patterns[i], bytes_text(topic->name)))
            return true;
    return false;
}

bool selection_matches(const struct selection_query *query, const struct storage_topic *topic) {
    for (size_t i = 0; i < query->pattern_count; i++)
        if (topic_pattern_matches(query->patterns[i], topic))
            return true;
    return false;
}

bool selection_query_equal(const struct selection_query *a, const struct selection_query *b) {
    if (a->pattern_count != b->pattern_count || a->partition_count != b->partition_count)
        return false;
    for (size_t i = 0; i < a->pattern_count; i++)
        if (!bytes_equal(a->patterns[i], b->patterns[i]))
            return false;
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i] != b->partitions[i])
            return false;
    return true;
}

bool selection_query_copy(const struct selection_query *query, struct arena *arena, struct selection_query *ret_copy) {
    struct bytes *patterns = arena_array(arena, query->pattern_count, sizeof *patterns);
    uint32_t *partitions = arena_array(arena, query->partition_count + 1, sizeof *partitions);
    if (patterns == NULL || partitions == NULL)
        return false;
    for (size_t i = 0; i < query->pattern_count; i++) {
        patterns[i] = arena_copy_bytes(arena, query->patterns[i]);
        if (!bytes_present(patterns[i]))
            return false;
    }
    for (size_t i = 0; i < query->partition_count; i++)
        partitions[i] = query->partitions[i];
    *ret_copy = *query;
    ret_copy->patterns = patterns;
    ret_copy->partitions = partitions;
    return true;
}

bool selection_can_grow(const struct selection_query *query) {
    for (size_t i = 0; i < query->pattern_count; i++)
        if (topic_pattern_is_wildcard(query->patterns[i]))
            return true;
    return false;
}

/* Sums of hashes do not depend on the order; a repeated word counts once. */
uint32_t selection_hash(const struct selection_query *query) {
    uint32_t names = 0;
    for (size_t i = 0; i < query->pattern_count; i++) {
        bool again = false;
        for (size_t j = 0; j < i && !again; j++)
            again = bytes_equal(query->patterns[i], query->patterns[j]);
        if (!again)
            names += hash_bytes(HASH_BEGIN, query->patterns[i]);
    }

    uint32_t numbers = 0;
    for (size_t i = 0; i < query->partition_count; i++) {
        bool again = false;
        for (size_t j = 0; j < i && !again; j++)
            again = query->partitions[i] == query->partitions[j];
        if (!again)
            numbers += hash_u32(HASH_BEGIN, query->partitions[i]);
    }

    return hash_u32(hash_u32(HASH_BEGIN, names), numbers);
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
    struct selection selection = { .hash = selection_hash(query) };
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
