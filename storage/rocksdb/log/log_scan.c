/* Finding record batches in the log of one partition. */
#include "storage/rocksdb/log/log_scan.h"

#include <inttypes.h>
#include <stdio.h>

void log_scan_open(struct scan *scan, const struct database *database, const struct partition *partition, uint64_t head,
                   enum scan_mode mode) {
    scan_open(scan, database, database->slots[partition->slot], key_log(partition->id, 0), key_log(partition->id, head),
              mode);
}

enum status log_scan_batch(struct scan *scan, const struct partition *partition, struct record_batch *ret_batch,
                           bool *ret_found, char detail[STORAGE_DETAIL_BYTES]) {
    *ret_found = scan_valid(scan);
    if (!*ret_found)
        return scan_status(scan, detail);
    uint32_t partition_id;
    uint64_t base_offset;
    if (key_log_parse(scan_key(scan), &partition_id, &base_offset) && partition_id == partition->id &&
        record_batch_open(scan_value(scan), base_offset, ret_batch) == STATUS_OK)
        return STATUS_OK;
    snprintf(detail, STORAGE_DETAIL_BYTES, "a record batch of partition %" PRIu32 " (id %" PRIu32 ") is damaged",
             partition->number, partition->id);
    return STATUS_CORRUPT;
}

enum status log_scan_before(struct scan *scan, const struct partition *partition, uint64_t offset,
                            struct record_batch *ret_batch, bool *ret_found, char detail[STORAGE_DETAIL_BYTES]) {
    struct key key = key_log(partition->id, offset);
    scan_seek_for_prev(scan, &key);
    return log_scan_batch(scan, partition, ret_batch, ret_found, detail);
}

enum status log_scan_at(struct scan *scan, const struct partition *partition, uint64_t offset,
                        struct record_batch *ret_batch, bool *ret_found, char detail[STORAGE_DETAIL_BYTES]) {
    enum status status = log_scan_before(scan, partition, offset, ret_batch, ret_found, detail);
    if (status != STATUS_OK || (*ret_found && ret_batch->end_offset > offset))
        return status;
    if (*ret_found) {
        scan_next(scan);
    } else {
        struct key key = key_log(partition->id, offset);
        scan_seek(scan, &key);
    }
    return log_scan_batch(scan, partition, ret_batch, ret_found, detail);
}
