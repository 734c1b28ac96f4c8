/* Finding out, when opening, where each log ends: behind its last record batch, and never below what the catalogue says
 * of its first offset and its floor. */
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/load.h"
#include "storage/rocksdb/log/record_batch.h"

#include <inttypes.h>
#include <stdio.h>

static const char CATALOGUE[] = "what the catalogue says";

static enum status damaged(const char *what, const struct partition *partition, char detail[STORAGE_DETAIL_BYTES]) {
    snprintf(detail, STORAGE_DETAIL_BYTES, "%s of partition id %" PRIu32 " is damaged", what, partition->id);
    return STATUS_CORRUPT;
}

/* The value of one of the partition's keys in the catalogue, appended. */
static enum status get_value(struct engine *engine, enum catalog_key kind, const struct partition *partition,
                             struct buffer *value, bool *ret_found, char detail[STORAGE_DETAIL_BYTES]) {
    struct key key = key_catalog_partition(kind, partition->id);
    buffer_clear(value);
    return database_get(&engine->database, engine->database.catalog, &key, value, ret_found, detail);
}

static enum status load_limits(struct engine *engine, struct partition *partition, uint64_t *ret_floor,
                               char detail[STORAGE_DETAIL_BYTES]) {
    autobuffer struct buffer value = { 0 };
    uint64_t first_offset = 0;
    uint64_t first_log_bytes = 0;
    uint64_t floor = 0;
    bool found;
    enum status status = get_value(engine, CATALOG_FIRST, partition, &value, &found, detail);
    if (status == STATUS_OK && found && !value_pair_parse(buffer_bytes(&value), &first_offset, &first_log_bytes))
        return damaged(CATALOGUE, partition, detail);
    if (status == STATUS_OK)
        status = get_value(engine, CATALOG_FLOOR, partition, &value, &found, detail);
    if (status == STATUS_OK && found && !value_u64_parse(buffer_bytes(&value), &floor))
        return damaged(CATALOGUE, partition, detail);
    if (status == STATUS_OK)
        status = get_value(engine, CATALOG_CEILING, partition, &value, &found, detail);
    if (status == STATUS_OK && found && !value_u64_parse(buffer_bytes(&value), &partition->ceiling))
        return damaged(CATALOGUE, partition, detail);
    if (status != STATUS_OK)
        return status;
    atomic_store(&partition->first_offset, first_offset);
    atomic_store(&partition->first_log_bytes, first_log_bytes);
    *ret_floor = floor > first_offset ? floor : first_offset;
    return STATUS_OK;
}

static enum status load_head(struct engine *engine, struct scan *scan, struct partition *partition,
                             char detail[STORAGE_DETAIL_BYTES]) {
    uint64_t next_offset = 0;
    enum status status = load_limits(engine, partition, &next_offset, detail);
    if (status != STATUS_OK)
        return status;
    uint64_t log_bytes = atomic_load(&partition->first_log_bytes);
    uint64_t end_offset = atomic_load(&partition->first_offset);
    struct key last = key_log(partition->id, UINT64_MAX);
    scan_seek_for_prev(scan, &last);
    uint32_t partition_id;
    uint64_t base_offset;
    if (!scan_valid(scan)) {
        status = scan_error(scan, detail);
    } else if (!key_log_parse(scan_key(scan), &partition_id, &base_offset)) {
        status = damaged("the last record batch", partition, detail);
    } else if (partition_id == partition->id) {
        struct record_batch batch;
        status = record_batch_open(scan_value(scan), base_offset, &batch);
        if (status != STATUS_OK)
            return damaged("the last record batch", partition, detail);
        end_offset = batch.end_offset;
        log_bytes = batch.header.log_bytes;
        partition->received_at_ms = batch.header.received_at_ms;
    }
    next_offset = end_offset > next_offset ? end_offset : next_offset;
    partition->hole_from = end_offset;
    partition->hole_to = next_offset;
    atomic_store(&partition->next_offset, next_offset);
    atomic_store(&partition->log_bytes, log_bytes);
    return status;
}

/* All partitions of one slot, with one iterator. */
static enum status load_slot(struct engine *engine, unsigned slot, char detail[STORAGE_DETAIL_BYTES]) {
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.slots[slot], key_log(0, 0), key_log(UINT32_MAX, 0), SCAN_DISK);
    for (size_t i = 0; i < engine->topics.count; i++) {
        const struct topic_entry *entry = engine->topics.entries[i];
        for (uint32_t number = 0; number < entry->partition_count; number++) {
            if (entry->partitions[number]->slot != slot)
                continue;
            enum status status = load_head(engine, &scan, entry->partitions[number], detail);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

enum status load_heads(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]) {
    enum status status = STATUS_OK;
    for (unsigned slot = 0; slot < engine->database.slot_count && status == STATUS_OK; slot++)
        if (engine->topics.slot_partitions[slot] > 0)
            status = load_slot(engine, slot, detail);
    return status;
}
