/* All topics, by id. Changed by the committer alone; looked at by all. */
#ifndef TAILRACE_STORAGE_ROCKSDB_CATALOG_TOPIC_TABLE_H
#define TAILRACE_STORAGE_ROCKSDB_CATALOG_TOPIC_TABLE_H

#include "storage/rocksdb/catalog/topic_entry.h"

#include <pthread.h>

struct topic_table {
    pthread_rwlock_t lock;        /* the innermost: no other is taken under it */
    struct topic_entry **entries; /* in order of their ids; guarded by lock */
    size_t count;                 /* guarded by lock */
    size_t capacity;              /* guarded by lock */

    uint64_t version; /* of the catalogue; guarded by the commit lock, as the next two */
    uint32_t next_partition_id;
    uint32_t *slot_partitions; /* how many partitions lie in each slot */
};

enum status topic_table_init(struct topic_table *table, unsigned slot_count);
void topic_table_finish(struct topic_table *table); /* fine when zeroed */

/* A reference, or NULL. Any thread. */
struct topic_entry *topic_table_find(struct topic_table *table, uint64_t topic_id);
bool topic_table_has(struct topic_table *table, uint64_t topic_id); /* any thread */
struct topic_entry *topic_table_find_name(struct topic_table *table, const char *name);

/* The partition, and in *entry a reference to its topic, as long as which it lives. *entry is NULL or the topic that was
 * found before: when it is another one, it is given back; so whoever looks for many in a row looks for each topic once.
 * STATUS_TOPIC_NOT_FOUND, STATUS_PARTITION_NOT_FOUND: *entry may be set all the same. Any thread. */
enum status topic_table_find_partition(struct topic_table *table, uint64_t topic_id, uint32_t partition,
                                       struct topic_entry **entry, struct partition **ret_partition);

/* Room for one more entry, so that topic_table_put cannot fail after the write. The committer, as all below. */
enum status topic_table_reserve(struct topic_table *table);
void topic_table_put(struct topic_table *table, struct topic_entry *entry); /* takes the reference; replaces its id's */
void topic_table_remove(struct topic_table *table, uint64_t topic_id);

#endif
