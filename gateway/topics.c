/* The catalogue: an array sorted by name under a read-write lock. Topics are immutable and counted, so that a reader
 * holds the lock only while it looks. */
#include "gateway/topics.h"

#include "base/memory.h"

#include <pthread.h>

enum { TURNS = 256 }; /* topics share a counter when there are more: turns stay fair, only not gapless */

struct topics {
    pthread_rwlock_t lock;
    struct storage_topic **items; /* guarded by lock, as the next three; sorted by name */
    size_t count;
    size_t capacity;
    uint64_t version;
    atomic_uint turns[TURNS];
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
    mem_free(topics->items);
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

static bool is_at(const struct topics *topics, size_t index, struct bytes name) {
    return index < topics->count && bytes_equal(bytes_text(topics->items[index]->name), name);
}

static bool make_room(struct topics *topics) {
    if (topics->count < topics->capacity)
        return true;
    size_t capacity = topics->capacity > 0 ? topics->capacity * 2 : 64;
    struct storage_topic **items = mem_resize(topics->items, capacity * sizeof(struct storage_topic *));
    if (items == NULL)
        return false;
    topics->items = items;
    topics->capacity = capacity;
    return true;
}

static void remove_at(struct topics *topics, size_t index) {
    storage_topic_unref(topics->items[index]);
    topics->count--;
    memmove(topics->items + index, topics->items + index + 1, (topics->count - index) * sizeof(struct storage_topic *));
}

static void put_at(struct topics *topics, size_t index, const struct storage_topic *topic) {
    if (is_at(topics, index, bytes_text(topic->name))) {
        storage_topic_unref(topics->items[index]);
        topics->items[index] = storage_topic_ref(topic);
        return;
    }
    if (!make_room(topics))
        return; /* it is stored; it will be known after the next start */
    memmove(topics->items + index + 1, topics->items + index, (topics->count - index) * sizeof(struct storage_topic *));
    topics->items[index] = storage_topic_ref(topic);
    topics->count++;
}

void topics_on_topic(void *context, const struct storage_topic *topic, bool gone, uint64_t version) {
    struct topics *topics = context;
    pthread_rwlock_wrlock(&topics->lock);
    topics->version = version;
    if (topic != NULL) {
        size_t index = lower_bound(topics, bytes_text(topic->name));
        if (!gone)
            put_at(topics, index, topic);
        else if (is_at(topics, index, bytes_text(topic->name)) && topics->items[index]->id == topic->id)
            remove_at(topics, index);
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

static bool is_wildcard(struct bytes pattern) { return pattern.size > 0 && pattern.data[pattern.size - 1] == '*'; }

/* Marks what one pattern names; returns how many, which is 0 for a name that is not there. */
static size_t mark(const struct topics *topics, struct bytes pattern, bool *marked) {
    if (!is_wildcard(pattern)) {
        size_t index = lower_bound(topics, pattern);
        if (!is_at(topics, index, pattern))
            return 0;
        marked[index] = true;
        return 1;
    }
    struct bytes prefix = { pattern.data, pattern.size - 1 };
    size_t count = 0;
    for (size_t i = lower_bound(topics, prefix); i < topics->count && has_prefix(topics->items[i]->name, prefix); i++) {
        marked[i] = true;
        count++;
    }
    return count;
}

static enum status match_locked(struct topics *topics, const struct bytes *patterns, size_t pattern_count,
                                struct arena *arena, struct topics_found *ret_found, size_t *ret_missing) {
    bool *marked = arena_array(arena, topics->count + 1, sizeof *marked);
    struct storage_topic **items = arena_array(arena, topics->count + 1, sizeof *items);
    if (marked == NULL || items == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < pattern_count; i++) {
        if (mark(topics, patterns[i], marked) == 0 && !is_wildcard(patterns[i])) {
            *ret_missing = i;
            return STATUS_TOPIC_NOT_FOUND;
        }
    }
    size_t count = 0;
    for (size_t i = 0; i < topics->count; i++)
        if (marked[i])
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

uint32_t topics_turn(struct topics *topics, const struct storage_topic *topic) {
    return atomic_fetch_add_explicit(&topics->turns[topic->id % TURNS], 1, memory_order_relaxed);
}
