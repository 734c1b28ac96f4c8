/* All topics, by id: a sorted array, since topics come and go rarely and are looked up with every operation. */
#include "storage/rocksdb/catalog/topic_table.h"

#include "base/memory.h"

#include <assert.h>

enum status topic_table_init(struct topic_table *table, unsigned slot_count) {
    uint32_t *slot_partitions = mem_zero(slot_count, sizeof *slot_partitions);
    if (slot_partitions == NULL)
        return STATUS_NO_MEMORY;
    *table = (struct topic_table){ .slot_partitions = slot_partitions };
    pthread_rwlock_init(&table->lock, NULL);
    return STATUS_OK;
}

void topic_table_finish(struct topic_table *table) {
    if (table->slot_partitions == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        topic_entry_unref(table->entries[i]);
    mem_free(table->entries);
    mem_free(table->slot_partitions);
    pthread_rwlock_destroy(&table->lock);
    *table = (struct topic_table){ 0 };
}

/* Under the lock: where the id is, or would be. */
static size_t place_of(const struct topic_table *table, uint64_t topic_id) {
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->entries[middle]->topic->id < topic_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct topic_table *table, size_t place, uint64_t topic_id) {
    return place < table->count && table->entries[place]->topic->id == topic_id;
}

struct topic_entry *topic_table_find(struct topic_table *table, uint64_t topic_id) {
    pthread_rwlock_rdlock(&table->lock);
    size_t place = place_of(table, topic_id);
    struct topic_entry *found = is_at(table, place, topic_id) ? topic_entry_ref(table->entries[place]) : NULL;
    pthread_rwlock_unlock(&table->lock);
    return found;
}

bool topic_table_has(struct topic_table *table, uint64_t topic_id) {
    pthread_rwlock_rdlock(&table->lock);
    bool has = is_at(table, place_of(table, topic_id), topic_id);
    pthread_rwlock_unlock(&table->lock);
    return has;
}

struct topic_entry *topic_table_find_name(struct topic_table *table, const char *name) {
    struct topic_entry *found = NULL;
    pthread_rwlock_rdlock(&table->lock);
    for (size_t i = 0; i < table->count && found == NULL; i++)
        if (strcmp(table->entries[i]->topic->name, name) == 0)
            found = topic_entry_ref(table->entries[i]);
    pthread_rwlock_unlock(&table->lock);
    return found;
}

enum status topic_table_find_partition(struct topic_table *table, uint64_t topic_id, uint32_t partition,
                                       struct topic_entry **entry, struct partition **ret_partition) {
    if (*entry == NULL || (*entry)->topic->id != topic_id) {
        topic_entry_unref(*entry);
        *entry = topic_table_find(table, topic_id);
    }
    if (*entry == NULL)
        return STATUS_TOPIC_NOT_FOUND;
    if (partition >= (*entry)->partition_count)
        return STATUS_PARTITION_NOT_FOUND;
    *ret_partition = (*entry)->partitions[partition];
    return STATUS_OK;
}

enum status topic_table_reserve(struct topic_table *table) {
    enum status status = STATUS_OK;
    pthread_rwlock_wrlock(&table->lock);
    if (table->count == table->capacity) {
        size_t capacity = table->capacity > 0 ? table->capacity * 2 : 16;
        struct topic_entry **grown = mem_resize(table->entries, capacity * sizeof *grown);
        if (grown == NULL) {
            status = STATUS_NO_MEMORY;
        } else {
            table->entries = grown;
            table->capacity = capacity;
        }
    }
    pthread_rwlock_unlock(&table->lock);
    return status;
}

void topic_table_put(struct topic_table *table, struct topic_entry *entry) {
    struct topic_entry *replaced = NULL;
    pthread_rwlock_wrlock(&table->lock);
    size_t place = place_of(table, entry->topic->id);
    if (is_at(table, place, entry->topic->id)) {
        replaced = table->entries[place];
    } else {
        assert(table->count < table->capacity);
        memmove(table->entries + place + 1, table->entries + place, (table->count - place) * sizeof(entry));
        table->count++;
    }
    table->entries[place] = entry;
    pthread_rwlock_unlock(&table->lock);
    topic_entry_unref(replaced);
}

void topic_table_remove(struct topic_table *table, uint64_t topic_id) {
    struct topic_entry *removed = NULL;
    pthread_rwlock_wrlock(&table->lock);
    size_t place = place_of(table, topic_id);
    if (is_at(table, place, topic_id)) {
        removed = table->entries[place];
        table->count--;
        memmove(table->entries + place, table->entries + place + 1, (table->count - place) * sizeof(removed));
    }
    pthread_rwlock_unlock(&table->lock);
    topic_entry_unref(removed);
}
