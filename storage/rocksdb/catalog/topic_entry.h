/* A topic with its partitions, as it stands at one moment: immutable but for what the partitions hold, and counted. A
 * change makes a new entry, which shares the partitions. */
#ifndef TAILRACE_STORAGE_ROCKSDB_CATALOG_TOPIC_ENTRY_H
#define TAILRACE_STORAGE_ROCKSDB_CATALOG_TOPIC_ENTRY_H

#include "base/buffer.h"
#include "storage/rocksdb/catalog/partition.h"

/* What every topic of this engine can do. */
enum {
    TOPIC_CAPABILITIES = STORAGE_CAN_ACK_NONE | STORAGE_CAN_ACK_OS | STORAGE_CAN_ACK_DISK | STORAGE_CAN_ATOMIC_BATCH |
                         STORAGE_CAN_OFFSET_CAS | STORAGE_CAN_OFFSET_BY_TIME | STORAGE_CAN_SURVIVE_RESTART |
                         STORAGE_CAN_CONTIGUOUS | STORAGE_CAN_DENSE | STORAGE_CAN_COUNT_BYTES
};

struct topic_entry {
    atomic_uint references;
    struct storage_topic *topic;   /* what the gateway sees of it */
    struct buffer unknown_members; /* of a newer program, encoded: kept when the topic is written again */
    uint32_t partition_count;
    struct partition *partitions[];
};

/* With one reference. Takes over the reference to `topic`, also when it fails; partitions are NULL. Any thread. */
struct topic_entry *topic_entry_new(struct storage_topic *topic);
void topic_entry_unref(struct topic_entry *entry); /* NULL is fine */

static inline struct topic_entry *topic_entry_ref(struct topic_entry *entry) {
    references_add(&entry->references);
    return entry;
}

static inline void topic_entry_unref_local(struct topic_entry **entry) { topic_entry_unref(*entry); }
#define autoentry __attribute__((cleanup(topic_entry_unref_local)))

/* The value of a topic in the family `catalog` (FORMAT.md). Check value->failed. */
void topic_entry_encode(const struct topic_entry *entry, struct buffer *value);

/* STATUS_CORRUPT, STATUS_NEWER_FORMAT (a version that this program does not know), STATUS_NO_MEMORY. */
enum status topic_entry_decode(struct bytes value, uint64_t topic_id, struct topic_entry **ret_entry);

#endif
