/* The catalogue as the gateway knows it: topics by name, kept up to date by the storage engine's hook. Any thread. */
#ifndef TAILRACE_GATEWAY_TOPICS_H
#define TAILRACE_GATEWAY_TOPICS_H

#include "base/arena.h"
#include "base/status.h"
#include "storage/storage.h"

struct topics;

enum status topics_create(struct topics **ret_topics);
void topics_destroy(struct topics *topics);

/* The storage hook of that name. */
void topics_on_topic(struct topics *topics, const struct storage_topic *topic, bool gone, uint64_t version);

/* Reserves room for one more topic, so that the hook cannot fail to add it. STATUS_OK or STATUS_NO_MEMORY; to be
 * given back when it was added, or will not be. */
enum status topics_reserve(struct topics *topics);
void topics_unreserve(struct topics *topics);

/* Whether every topic is known: memory may have run out for one that nothing was reserved for, as when opening. */
bool topics_whole(struct topics *topics);

/* The topic of that name, a reference of the caller's; NULL: there is none. */
struct storage_topic *topics_find(struct topics *topics, struct bytes name);

/* The same by id. */
struct storage_topic *topics_find_id(struct topics *topics, uint64_t id);

/* How many topics there are. */
size_t topics_count(struct topics *topics);

/* Topics taken out of the catalogue at one moment, in name order; every one a reference. */
struct topics_found {
    struct storage_topic **items;
    size_t count;
    uint64_t version; /* the catalogue's, of that moment */
    bool more;        /* there are more behind the limit */
};
void topics_found_finish(struct topics_found *found);

/* Topics whose names begin with `prefix`, behind `after` (none: from the first), at most `limit`. */
enum status topics_page(struct topics *topics, struct bytes prefix, struct bytes after, size_t limit,
                        struct arena *arena, struct topics_found *ret_found);

/* Topics that one of the patterns names, each once. A pattern is a name, or the beginning of names with a `*` behind
 * it. STATUS_TOPIC_NOT_FOUND with *ret_missing when a name without `*` is not there, unless ret_missing is NULL: then
 * what is not there is left out. */
enum status topics_match(struct topics *topics, const struct bytes *patterns, size_t pattern_count, struct arena *arena,
                         struct topics_found *ret_found, size_t *ret_missing);

/* Whether such a pattern ends with `*`, and whether it names the topic. */
bool topic_pattern_is_wildcard(struct bytes pattern);
bool topic_pattern_matches(struct bytes pattern, const struct storage_topic *topic);

/* The name of a topic that was deleted not long ago, copied. False: it is not known any more. */
bool topics_deleted_name(struct topics *topics, uint64_t id, char ret_name[STORAGE_TOPIC_NAME_BYTES_MAX + 1]);

/* The next number of the topic's round robin, for events without a key. */
uint32_t topics_round_robin(struct topics *topics, const struct storage_topic *topic);

#endif
