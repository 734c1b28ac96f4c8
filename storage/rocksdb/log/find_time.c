/* The first offset at or after a time, in each of many partitions: a binary search over the batches, since received_at
 * never goes backwards. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/log_scan.h"

/* The last batch at or before the offset, if there is one; where it lies in a hole, that must be a true one. */
static enum status find_batch(struct log_scan *scan, uint64_t offset, struct record_batch *ret_batch, bool *ret_found) {
    enum status status = log_scan_before(scan, offset, ret_batch, ret_found);
    if (status != STATUS_OK || (*ret_found && offset < ret_batch->end_offset))
        return status;
    struct record_batch behind;
    bool found;
    return log_scan_at(scan, offset, &behind, &found);
}

/* Narrows the offsets in which the answer lies until one is left: the records below *low are older than time_ms, those
 * from *high on are not. */
static enum status search(struct log_scan *scan, int64_t time_ms, uint64_t *low, uint64_t *high) {
    while (*low < *high) {
        uint64_t middle = *low + (*high - *low) / 2;
        struct record_batch batch;
        bool found;
        enum status status = find_batch(scan, middle, &batch, &found);
        if (status != STATUS_OK)
            return status;
        if (found && batch.header.received_at_ms >= time_ms) {
            uint64_t base_offset = batch.next_offset;
            *high = base_offset > *low ? base_offset : *low;
        } else {
            *low = found && batch.end_offset > middle ? batch.end_offset : middle + 1;
        }
    }
    return STATUS_OK;
}

/* Finds the offset in lookup->partition. */
static enum status find_offset(struct engine *engine, struct lookup *lookup, int64_t time_ms, uint64_t *ret_offset) {
    const struct partition *partition = lookup->partition;
    uint64_t head = atomic_load(&partition->next_offset);
    uint64_t low = atomic_load(&partition->first_offset);
    uint64_t high = head;
    if (low == head) {
        *ret_offset = head;
        return STATUS_OK;
    }

    autologscan struct log_scan scan = { 0 };
    log_scan_open(&scan, &engine->database, partition, head, lookup->memory_only ? SCAN_MEMORY : SCAN_DISK,
                  lookup->detail);
    enum status status = search(&scan, time_ms, &low, &high);

    /* It may have ended in a hole: on to the next record. */
    struct record_batch batch;
    bool found = false;
    if (status == STATUS_OK && low < head)
        status = log_scan_at(&scan, low, &batch, &found);
    if (atomic_load(&partition->deleted)) /* what is missing is missed by nobody */
        return STATUS_TOPIC_NOT_FOUND;
    if (status != STATUS_OK)
        return status;
    *ret_offset = !found ? head : batch.next_offset > low ? batch.next_offset : low;
    return STATUS_OK;
}

static enum status find_run(struct engine *engine, struct lookup *lookup) {
    struct storage_offset_at_time *find = (struct storage_offset_at_time *)lookup->op;
    for (size_t i = 0; i < find->count; i++) {
        struct storage_partition_time *query = &find->partitions[i];
        enum status status = topic_table_find_partition(&engine->topics, query->topic_id, query->partition,
                                                        &lookup->entry, &lookup->partition);
        if (status == STATUS_OK)
            status = find_offset(engine, lookup, find->time_ms, &query->ret_offset);
        if (status != STATUS_OK && status != STATUS_TOPIC_NOT_FOUND && status != STATUS_PARTITION_NOT_FOUND)
            return status;
        query->ret_status = status;
    }
    return STATUS_OK;
}

void engine_offset_at_time(struct storage *storage, struct storage_offset_at_time *find) {
    struct lookup lookup = { .op = &find->op, .run = find_run, .try_memory = true };
    lookup_start(engine_of(storage), &lookup, STATUS_OK);
}
