/* The catalogue: two arrays, sorted by name and by id, under a read-write lock. Topics are immutable and counted, so
 * that a reader holds the lock only while it searches. */
#include "gateway/topics.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    DELETED_REMEMBERED = 256,
    ROUND_ROBINS = 256, /* topics share a counter when there are more: it stays fair, but skips partitions */
};

struct topics {
    pthread_rwlock_t lock;
    struct storage_topic **items; /* guarded by lock, as all but the last; sorted by name */
    struct storage_topic **by_id; /* the same topics, borrowed from items */
    size_t count;
    size_t capacity;
    size_t reserved; /* of the capacity, for topics that are being made */
    bool lost;       /* there was no memory for a topic of the hook's */
    uint64_t version;
    struct storage_topic *deleted[DELETED_REMEMBERED]; /* the last ones: an answer to their readers names them */
    size_t deleted_count;                              /* of all; the ring begins anew behind its last place */
    atomic_uint round_robins[ROUND_ROBINS];
};

enum status topics_create(struct topics **ret_topics) {
    struct topics *topics = mem_zero(1, sizeof *topics);
    if (topics == NULL)
        return STATUS_NO_MEMORY;
    pthread_rwlock_init(&topics->lock, NULL);
    *ret_topics = topics;
    return STATUS_OK;
}

void topics_destroy(struct topics *topics) {
    if (topics == NULL)
        return;
    for (size_t i = 0; i < topics->count; i++)
        storage_topic_unref(topics->items[i]);
    for (size_t i = 0; i < DELETED_REMEMBERED; i++)
        storage_topic_unref(topics->deleted[i]);
    mem_free(topics->items);
    mem_free(topics->by_id);
    pthread_rwlock_destroy(&topics->lock);
    mem_free(topics);
}

static int compare_names(struct bytes a, struct bytes b) {
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

static bool has_prefix(const char *name, struct bytes prefix) {
    assert(name != NULL);
    return prefix.size == 0 || strncmp(name, prefix.data, prefix.size) == 0;
}

/* The index of the first topic whose name is not before `name`. */
static size_t lower_bound(const struct topics *topics, struct bytes name) {
    size_t low = 0;
    size_t high = topics->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_names(bytes_text(topics->items[middle]->name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The index in by_id of the first topic whose id is not below `id`. */
static size_t lower_bound_id(const struct topics *topics, uint64_t id) {
    size_t low = 0;
    size_t high = topics->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (topics->by_id[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct topics *topics, size_t index, struct bytes name) {
    return index < topics->count && bytes_equal(bytes_text(topics->items[index]->name), name);
}

static bool make_room(struct topics *topics, size_t more) {
    if (more <= topics->capacity - topics->count)
        return true;

    size_t capacity = topics->capacity > 0 ? topics->capacity * 2 : 64;
    struct storage_topic **items = mem_resize(topics->items, capacity * sizeof(struct storage_topic *));
    if (items == NULL)
        return false;

    topics->items = items;
    struct storage_topic **by_id = mem_resize(topics->by_id, capacity * sizeof(struct storage_topic *));
    if (by_id == NULL)
        return false;

    topics->by_id = by_id;
    topics->capacity = capacity;
    return true;
}

static void insert(struct storage_topic **items, size_t count, size_t index, struct storage_topic *topic) {
    memmove(items + index + 1, items + index, (count - index) * sizeof(struct storage_topic *));
    items[index] = topic;
}

static void cut_out(struct storage_topic **items, size_t count, size_t index) {
    memmove(items + index, items + index + 1, (count - index - 1) * sizeof(struct storage_topic *));
}

static void remove_at(struct topics *topics, size_t index) {
    struct storage_topic *topic = topics->items[index];
    cut_out(topics->by_id, topics->count, lower_bound_id(topics, topic->id));
    cut_out(topics->items, topics->count, index);
    topics->count--;
    storage_topic_unref(topic);
}

static void remember_deleted(struct topics *topics, const struct storage_topic *topic) {
    struct storage_topic **place = &topics->deleted[topics->deleted_count++ % DELETED_REMEMBERED];
    storage_topic_unref(*place);
    *place = storage_topic_ref(topic);
}

static void put_at(struct topics *topics, size_t index, const struct storage_topic *topic) {
    if (is_at(topics, index, bytes_text(topic->name)))
        remove_at(topics, index); /* as it was before a change */
    if (!make_room(topics, 1)) {
        topics->lost = true;
        return;
    }
    struct storage_topic *counted = storage_topic_ref(topic);
    insert(topics->by_id, topics->count, lower_bound_id(topics, topic->id), counted);
    insert(topics->items, topics->count, index, counted);
    topics->count++;
}

enum status topics_reserve(struct topics *topics) {
    pthread_rwlock_wrlock(&topics->lock);
    bool room = make_room(topics, topics->reserved + 1);
    topics->reserved += room;
    pthread_rwlock_unlock(&topics->lock);
    return room ? STATUS_OK : STATUS_NO_MEMORY;
}

void topics_unreserve(struct topics *topics) {
    pthread_rwlock_wrlock(&topics->lock);
    topics->reserved--;
    pthread_rwlock_unlock(&topics->lock);
}

bool topics_whole(struct topics *topics) {
    pthread_rwlock_rdlock(&topics->lock);
    bool whole = !topics->lost;
    pthread_rwlock_unlock(&topics->lock);
    return whole;
}

void topics_on_topic(struct topics *topics, const struct storage_topic *topic, bool gone, uint64_t version) {
    pthread_rwlock_wrlock(&topics->lock);
    topics->version = version;
    if (topic != NULL) {
        size_t index = lower_bound(topics, bytes_text(topic->name));
        if (!gone)
            put_at(topics, index, topic);
        else if (is_at(topics, index, bytes_text(topic->name)) && topics->items[index]->id == topic->id) {
            remember_deleted(topics, topic);
            remove_at(topics, index);
        }
    }
    pthread_rwlock_unlock(&topics->lock);
}

struct storage_topic *topics_find(struct topics *topics, struct bytes name) {
    pthread_rwlock_rdlock(&topics->lock);
    size_t index = lower_bound(topics, name);
    struct storage_topic *topic = is_at(topics, index, name) ? storage_topic_ref(topics->items[index]) : NULL;
    pthread_rwlock_unlock(&topics->lock);
    return topic;
}

struct storage_topic *topics_find_id(struct topics *topics, uint64_t id) {
    pthread_rwlock_rdlock(&topics->lock);
    size_t index = lower_bound_id(topics, id);
    bool found = index < topics->count && topics->by_id[index]->id == id;
    struct storage_topic *topic = found ? storage_topic_ref(topics->by_id[index]) : NULL;
    pthread_rwlock_unlock(&topics->lock);
    return topic;
}

size_t topics_count(struct topics *topics) {
    pthread_rwlock_rdlock(&topics->lock);
    size_t count = topics->count;
    pthread_rwlock_unlock(&topics->lock);
    return count;
}

void topics_found_finish(struct topics_found *found) {
    for (size_t i = 0; i < found->count; i++)
        storage_topic_unref(found->items[i]);
    *found = (struct topics_found){ 0 };
}

static enum status page_locked(struct topics *topics, struct bytes prefix, struct bytes after, size_t limit,
                               struct arena *arena, struct topics_found *ret_found) {
    size_t at = lower_bound(topics, prefix);
    if (bytes_present(after)) {
        size_t behind = lower_bound(topics, after);
        behind += is_at(topics, behind, after);
        if (behind > at)
            at = behind;
    }

    size_t end = at;
    while (end < topics->count && end - at < limit && has_prefix(topics->items[end]->name, prefix))
        end++;

    struct storage_topic **items = arena_array(arena, end - at + 1, sizeof *items);
    if (items == NULL)
        return STATUS_NO_MEMORY;

    for (size_t i = at; i < end; i++)
        items[i - at] = storage_topic_ref(topics->items[i]);

    *ret_found = (struct topics_found){ .items = items,
                                        .count = end - at,
                                        .version = topics->version,
                                        .more = end < topics->count && has_prefix(topics->items[end]->name, prefix) };
    return STATUS_OK;
}

enum status topics_page(struct topics *topics, struct bytes prefix, struct bytes after, size_t limit,
                        struct arena *arena, struct topics_found *ret_found) {
    pthread_rwlock_rdlock(&topics->lock);
    enum status s = page_locked(topics, prefix, after, limit, arena, ret_found);
    pthread_rwlock_unlock(&topics->lock);
    return s;
}

bool topic_pattern_is_wildcard(struct bytes pattern) {
    return pattern.size > 0 && pattern.data[pattern.size - 1] == '*';
}

bool topic_pattern_matches(struct bytes pattern, const struct storage_topic *topic) {
    if (!topic_pattern_is_wildcard(pattern))
        return bytes_equal(pattern, bytes_text(topic->name));
    return has_prefix(topic->name, (struct bytes){ pattern.data, pattern.size - 1 });
}

/* Part of the topics, which are in the order of their names. */
struct range {
    size_t first;
    size_t end;
};

/* What one pattern names; nothing when that is not there. */
static struct range range_of(const struct topics *topics, struct bytes pattern) {
    if (!topic_pattern_is_wildcard(pattern)) {
        size_t index = lower_bound(topics, pattern);
        return (struct range){ index, is_at(topics, index, pattern) ? index + 1 : index };
    }

    struct bytes prefix = { pattern.data, pattern.size - 1 };
    struct range range = { lower_bound(topics, prefix), 0 };
    range.end = range.first;
    while (range.end < topics->count && has_prefix(topics->items[range.end]->name, prefix))
        range.end++;
    return range;
}

static int compare_ranges(const void *left, const void *right) {
    const struct range *a = left;
    const struct range *b = right;
    return a->first < b->first ? -1 : a->first > b->first;
}

/* Leaves out what lies in an earlier range too; returns how many topics are left. They come in order. */
static size_t make_disjoint(struct range *ranges, size_t count) {
    qsort(ranges, count, sizeof *ranges, compare_ranges);
    size_t taken = 0;
    size_t total = 0;
    for (struct range *range = ranges; range < ranges + count; range++) {
        range->first = range->first > taken ? range->first : taken;
        range->end = range->end > range->first ? range->end : range->first;
        taken = range->end;
        total += range->end - range->first;
    }
    return total;
}

/* Costs what is asked for and found, however many topics there are. */
static enum status match_locked(struct topics *topics, const struct bytes *patterns, size_t pattern_count,
                                struct arena *arena, struct topics_found *ret_found, size_t *ret_missing) {
    struct range *ranges = arena_array(arena, pattern_count + 1, sizeof *ranges);
    if (ranges == NULL)
        return STATUS_NO_MEMORY;

    for (size_t i = 0; i < pattern_count; i++) {
        ranges[i] = range_of(topics, patterns[i]);
        if (ranges[i].first == ranges[i].end && !topic_pattern_is_wildcard(patterns[i]) && ret_missing != NULL) {
            *ret_missing = i;
            return STATUS_TOPIC_NOT_FOUND;
        }
    }

    struct storage_topic **items = arena_array(arena, make_disjoint(ranges, pattern_count) + 1, sizeof *items);
    if (items == NULL)
        return STATUS_NO_MEMORY;

    size_t count = 0;
    for (size_t r = 0; r < pattern_count; r++)
        for (size_t i = ranges[r].first; i < ranges[r].end; i++)
            items[count++] = storage_topic_ref(topics->items[i]);

    *ret_found = (struct topics_found){ .items = items, .count = count, .version = topics->version };
    return STATUS_OK;
}

enum status topics_match(struct topics *topics, const struct bytes *patterns, size_t pattern_count, struct arena *arena,
                         struct topics_found *ret_found, size_t *ret_missing) {
    pthread_rwlock_rdlock(&topics->lock);
    enum status s = match_locked(topics, patterns, pattern_count, arena, ret_found, ret_missing);
    pthread_rwlock_unlock(&topics->lock);
    return s;
}

bool topics_deleted_name(struct topics *topics, uint64_t id, char ret_name[STORAGE_TOPIC_NAME_BYTES_MAX + 1]) {
    bool found = false;
    pthread_rwlock_rdlock(&topics->lock);
    for (size_t i = 0; i < DELETED_REMEMBERED && !found; i++) {
        found = topics->deleted[i] != NULL && topics->deleted[i]->id == id;
        if (found)
            memcpy(ret_name, topics->deleted[i]->name, sizeof topics->deleted[i]->name);
    }
    pthread_rwlock_unlock(&topics->lock);
    return found;
}

uint32_t topics_round_robin(struct topics *topics, const struct storage_topic *topic) {
    return atomic_fetch_add_explicit(&topics->round_robins[topic->id % ROUND_ROBINS], 1, memory_order_relaxed);
}
