/* A selection: the partitions that match the names, patterns and numbers of a query. */
#ifndef TAILRACE_GATEWAY_READ_SELECTION_H
#define TAILRACE_GATEWAY_READ_SELECTION_H

#include "gateway/topics.h"

/* The query of a client. Borrowed. */
struct selection_query {
    const struct bytes *patterns; /* names, or beginnings of names with a `*` behind; at least one */
    size_t pattern_count;
    const uint32_t *partitions; /* none: all */
    size_t partition_count;
    bool lenient; /* what is not there is left out, instead of a failure */
};

/* Whether both name the same patterns and partitions, in the same order. */
bool selection_query_equal(const struct selection_query *a, const struct selection_query *b);

/* A copy that borrows from the arena alone. False: no memory. */
bool selection_query_copy(const struct selection_query *query, struct arena *arena, struct selection_query *ret_copy);

struct selected_partition {
    const struct storage_topic *topic; /* borrowed from the selection's topics */
    uint32_t partition;
    uint64_t created_version;
};

/* What it selects now. */
struct selection {
    struct topics_found topics;
    struct selected_partition *partitions; /* in the arena; by topic name, then number */
    size_t partition_count;
    uint32_t hash; /* selection_hash */
};

/* Release with selection_finish. STATUS_TOPIC_NOT_FOUND with *ret_missing (an index of patterns),
 * STATUS_PARTITION_NOT_FOUND when a topic that is named whole lacks one of the partitions, STATUS_NO_MEMORY. */
enum status selection_resolve(struct topics *topics, const struct selection_query *query, struct arena *arena,
                              struct selection *ret_selection, size_t *ret_missing);
void selection_finish(struct selection *selection);

/* The same for the same query, whatever the order of its names and numbers; cursors carry it. */
uint32_t selection_hash(const struct selection_query *query);

/* Whether a pattern (not a wildcard) names this topic. */
bool selection_names(const struct selection_query *query, const struct storage_topic *topic);

/* Whether a pattern, wildcard or not, matches this topic. */
bool selection_matches(const struct selection_query *query, const struct storage_topic *topic);

/* Whether topics that are not there yet can come to be selected: there is a pattern. */
bool selection_can_grow(const struct selection_query *query);

#endif
