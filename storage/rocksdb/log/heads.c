/* What is known of partitions without a look at the disk: their bounds, and who watches them. */
#include "storage/rocksdb/engine.h"

static void bounds_of(const struct partition *partition, struct storage_partition_bounds *ret_bounds) {
    uint64_t gone_bytes = atomic_load(&partition->first_log_bytes);
    uint64_t all_bytes = atomic_load(&partition->log_bytes);
    *ret_bounds = (struct storage_partition_bounds){
        .first_offset = atomic_load(&partition->first_offset),
        .next_offset = atomic_load(&partition->next_offset),
        .bytes = all_bytes > gone_bytes ? all_bytes - gone_bytes : 0,
    };
}

static enum status fill_bounds(struct engine *engine, struct storage_bounds *bounds) {
    autoentry struct topic_entry *entry = topic_table_find(&engine->topics, bounds->topic_id);
    if (entry == NULL)
        return STATUS_TOPIC_NOT_FOUND;
    if (bounds->capacity < entry->partition_count)
        return STATUS_INVALID;
    for (uint32_t i = 0; i < entry->partition_count; i++)
        bounds_of(entry->partitions[i], &bounds->partitions[i]);
    bounds->ret_count = entry->partition_count;
    return STATUS_OK;
}

void engine_bounds(struct storage *storage, struct storage_bounds *bounds) {
    struct engine *engine = engine_of(storage);
    bounds->ret_count = 0;
    if (!engine_enter(engine, &bounds->op))
        return;
    storage_op_done(&bounds->op, fill_bounds(engine, bounds), NULL);
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
