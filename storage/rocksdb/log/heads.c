/* What is known of partitions without a look at the disk: their bounds, and who watches them. */
#include "storage/rocksdb/engine.h"

static void fill_bounds(const struct partition *partition, struct storage_partition_bounds *bounds) {
    uint64_t gone_bytes = atomic_load(&partition->first_log_bytes);
    uint64_t all_bytes = atomic_load(&partition->log_bytes);
    bounds->first_offset = atomic_load(&partition->first_offset);
    bounds->next_offset = atomic_load(&partition->next_offset);
    bounds->bytes = all_bytes > gone_bytes ? all_bytes - gone_bytes : 0;
}

void engine_bounds(struct storage *storage, struct storage_bounds *bounds) {
    struct engine *engine = engine_of(storage);
    if (!engine_enter(engine, &bounds->op))
        return;
    autoentry struct topic_entry *entry = NULL;
    for (size_t i = 0; i < bounds->count; i++) {
        struct storage_partition_bounds *query = &bounds->partitions[i];
        struct partition *partition;
        query->ret_status = topic_table_find_partition(&engine->topics, query->topic_id, query->partition, &entry,
                                                       &partition);
        if (query->ret_status == STATUS_OK)
            fill_bounds(partition, query);
    }
    storage_op_done(&bounds->op, STATUS_OK, NULL);
    engine_leave(engine);
}

enum status engine_watch(struct storage *storage, uint64_t topic_id, uint32_t number) {
    autoentry struct topic_entry *entry = NULL;
    struct partition *partition;
    enum status status = topic_table_find_partition(&engine_of(storage)->topics, topic_id, number, &entry, &partition);
    if (status == STATUS_OK)
        atomic_fetch_add(&partition->watchers, 1);
    return status;
}

void engine_unwatch(struct storage *storage, uint64_t topic_id, uint32_t number) {
    autoentry struct topic_entry *entry = NULL;
    struct partition *partition;
    if (topic_table_find_partition(&engine_of(storage)->topics, topic_id, number, &entry, &partition) == STATUS_OK)
        atomic_fetch_sub(&partition->watchers, 1);
}
