/* A topic with its partitions: counting. */
#include "storage/rocksdb/catalog/topic_entry.h"

#include "base/memory.h"

struct topic_entry *topic_entry_new(struct storage_topic *topic) {
    uint32_t count = topic->settings.partitions;
    struct topic_entry *entry = mem_zero(1, sizeof *entry + count * sizeof entry->partitions[0]);
    if (entry == NULL) {
        storage_topic_unref(topic);
        return NULL;
    }
    atomic_init(&entry->references, 1);
    entry->topic = topic;
    entry->partition_count = count;
    return entry;
}

void topic_entry_unref(struct topic_entry *entry) {
    if (entry == NULL || !references_drop(&entry->references))
        return;
    for (uint32_t i = 0; i < entry->partition_count; i++)
        partition_unref(entry->partitions[i]);
    storage_topic_unref(entry->topic);
    buffer_finish(&entry->unknown_members);
    mem_free(entry);
}
