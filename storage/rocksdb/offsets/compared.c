/* A hash table of what is asked for at the moment. */
#include "storage/rocksdb/offsets/compared.h"

#include "base/hash.h"
#include "base/memory.h"

#include <assert.h>
#include <string.h>

enum { BUCKETS_MIN = 64 };

struct compared {
    struct compared *next; /* in its bucket; guarded by the table's lock, as all but the key */
    struct compared_table *table;
    size_t references;
    enum compared_state state;
    struct compared_value value;
    uint64_t topic_id; /* the key: set when the entry is made, as the next three */
    uint32_t partition;
    uint32_t hash;
    char group[];
};

void compared_init(struct compared_table *table) {
    *table = (struct compared_table){ 0 };
    pthread_mutex_init(&table->lock, NULL);
}

void compared_finish(struct compared_table *table) {
    assert(table->count == 0);
    pthread_mutex_destroy(&table->lock);
    mem_free(table->buckets);
}

static uint32_t hash_of(const char *group, uint64_t topic_id, uint32_t partition) {
    uint32_t hash = hash_bytes(HASH_BEGIN, bytes_text(group));
    hash = hash_u32(hash, (uint32_t)(topic_id >> 32));
    return hash_u32(hash_u32(hash, (uint32_t)topic_id), partition);
}

static struct compared **bucket(const struct compared_table *table, uint32_t hash) {
    return &table->buckets[hash & (table->bucket_count - 1)];
}

static struct compared *find(const struct compared_table *table, uint32_t hash, const char *group, uint64_t topic_id,
                             uint32_t partition) {
    struct compared *found = table->bucket_count > 0 ? *bucket(table, hash) : NULL;
    while (found != NULL && (found->hash != hash || found->topic_id != topic_id || found->partition != partition ||
                             strcmp(found->group, group) != 0))
        found = found->next;
    return found;
}

static void put_in(struct compared_table *table, struct compared *compared) {
    struct compared **head = bucket(table, compared->hash);
    compared->next = *head;
    *head = compared;
}

/* Twice as many buckets; without memory for them chains get longer. False: there is not one. */
static bool grow(struct compared_table *table) {
    size_t old_count = table->bucket_count;
    size_t count = old_count > 0 ? 2 * old_count : BUCKETS_MIN;
    struct compared **buckets = mem_zero(count, sizeof(struct compared *));
    if (buckets == NULL)
        return old_count > 0;

    struct compared **old = table->buckets;
    table->buckets = buckets;
    table->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct compared *compared = old[i], *next; compared != NULL; compared = next) {
            next = compared->next;
            put_in(table, compared);
        }
    }
    mem_free(old);
    return true;
}

static struct compared *add(struct compared_table *table, uint32_t hash, const char *group, uint64_t topic_id,
                            uint32_t partition) {
    if (table->count >= table->bucket_count && !grow(table))
        return NULL;
    struct compared *compared = mem_alloc(compared_bytes(group));
    if (compared == NULL)
        return NULL;
    *compared = (struct compared){ .table = table, .hash = hash, .topic_id = topic_id, .partition = partition };
    memcpy(compared->group, group, strlen(group) + 1);
    put_in(table, compared);
    table->count++;
    return compared;
}

size_t compared_bytes(const char *group) { return sizeof(struct compared) + strlen(group) + 1; }

struct compared *compared_take(struct compared_table *table, const char *group, uint64_t topic_id, uint32_t partition) {
    uint32_t hash = hash_of(group, topic_id, partition);
    pthread_mutex_lock(&table->lock);
    struct compared *compared = find(table, hash, group, topic_id, partition);
    if (compared == NULL)
        compared = add(table, hash, group, topic_id, partition);
    if (compared != NULL)
        compared->references++;
    pthread_mutex_unlock(&table->lock);
    return compared;
}

void compared_release(struct compared *compared) {
    if (compared == NULL)
        return;
    struct compared_table *table = compared->table;
    pthread_mutex_lock(&table->lock);
    bool unused = --compared->references == 0;
    if (unused) {
        struct compared **at = bucket(table, compared->hash);
        while (*at != compared)
            at = &(*at)->next;
        *at = compared->next;
        table->count--;
    }
    pthread_mutex_unlock(&table->lock);
    if (unused)
        mem_free(compared);
}

static void set(struct compared *compared, enum compared_state state, struct compared_value value) {
    compared->state = state;
    compared->value = value;
}

void compared_fill(struct compared *compared, struct compared_value value) {
    pthread_mutex_lock(&compared->table->lock);
    if (compared->state == COMPARED_AWAITED)
        set(compared, COMPARED_KNOWN, value);
    pthread_mutex_unlock(&compared->table->lock);
}

enum compared_state compared_get(struct compared *compared, struct compared_value *ret_value) {
    pthread_mutex_lock(&compared->table->lock);
    enum compared_state state = compared->state;
    *ret_value = compared->value;
    pthread_mutex_unlock(&compared->table->lock);
    return state;
}

static void tell(struct compared_table *table, const char *group, uint64_t topic_id, uint32_t partition,
                 enum compared_state state, struct compared_value value) {
    pthread_mutex_lock(&table->lock);
    struct compared *compared = table->count > 0
                                    ? find(table, hash_of(group, topic_id, partition), group, topic_id, partition)
                                    : NULL;
    if (compared != NULL)
        set(compared, state, value);
    pthread_mutex_unlock(&table->lock);
}

void compared_put(struct compared_table *table, const char *group, uint64_t topic_id, uint32_t partition,
                  struct compared_value value) {
    tell(table, group, topic_id, partition, COMPARED_KNOWN, value);
}

void compared_lose(struct compared_table *table, const char *group, uint64_t topic_id, uint32_t partition) {
    tell(table, group, topic_id, partition, COMPARED_LOST, (struct compared_value){ 0 });
}
