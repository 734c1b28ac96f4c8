/* Finding record batches in the log of one partition. */
#include "storage/rocksdb/log/log_scan.h"

#include <inttypes.h>
#include <stdio.h>

struct found {
    bool is_there;
    uint64_t base_offset;
    uint64_t bytes_before; /* of all batches before it */
    struct record_batch batch;
};

void log_scan_open(struct log_scan *scan, const struct database *database, const struct partition *partition,
                   uint64_t head, enum scan_mode mode, char *detail) {
    scan->partition = partition;
    scan->head = head;
    scan->is_memory_only = mode == SCAN_MEMORY;
    scan->detail = detail;
    scan_open(&scan->scan, database, database->slots[partition->slot], key_log(partition->id, 0),
              key_log(partition->id, head), mode);
}

void log_scan_finish(struct log_scan *scan) { scan_finish(&scan->scan); }

static enum status damaged(struct log_scan *scan) {
    snprintf(scan->detail, STORAGE_DETAIL_BYTES, "a record batch of partition %" PRIu32 " (id %" PRIu32 ") is damaged",
             scan->partition->number, scan->partition->id);
    return STATUS_CORRUPT;
}

/* What stands where the scan is. */
static enum status look(struct log_scan *scan, struct found *found) {
    *found = (struct found){ .is_there = scan_valid(&scan->scan) };
    if (!found->is_there)
        return scan_error(&scan->scan, scan->detail);
    uint32_t partition_id;
    struct bytes key = scan_key(&scan->scan);
    if (!key_log_parse(key, &partition_id, &found->base_offset) || partition_id != scan->partition->id)
        return damaged(scan);
    struct bytes value = scan_value(&scan->scan);
    if (record_batch_open(value, found->base_offset, &found->batch) != STATUS_OK ||
        found->batch.header.log_bytes < KEY_LOG_BYTES + value.size)
        return damaged(scan);
    found->bytes_before = found->batch.header.log_bytes - KEY_LOG_BYTES - value.size;
    return STATUS_OK;
}

static void take(struct log_scan *scan, const struct found *found) {
    scan->reached = found->batch.end_offset;
    scan->log_bytes = found->batch.header.log_bytes;
}

/* Whether nothing can be missing between what is known and what was found. */
static bool follows(const struct log_scan *scan, const struct found *found) {
#ifdef SABOTEUR_BELIEVE_SCAN_END
    return true;
#endif
    if (found->is_there)
        return found->bytes_before == scan->log_bytes;
    return scan->reached >= scan->head ||
           (scan->reached >= scan->partition->hole_from && scan->head <= scan->partition->hole_to);
}

/* Holds what stands behind the place reached to what must stand there. RocksDB may have passed over what it could not read: looked
 * for anew, it tells. */
static enum status check_next(struct log_scan *scan, struct record_batch *ret_batch, bool *ret_found) {
    struct found found;
    enum status status = look(scan, &found);
    if (status == STATUS_OK && !follows(scan, &found)) {
        if (scan->is_memory_only)
            return STATUS_OVERLOADED;
        struct key key = key_log(scan->partition->id, scan->reached);
        scan_again(&scan->scan, &key);
        status = look(scan, &found);
    }
    if (status != STATUS_OK)
        return status;
    if (!follows(scan, &found)) {
        snprintf(scan->detail, STORAGE_DETAIL_BYTES,
                 "record batches of partition %" PRIu32 " (id %" PRIu32 ") are missing from offset %" PRIu64 " on",
                 scan->partition->number, scan->partition->id, scan->reached);
        return STATUS_CORRUPT;
    }
    *ret_found = found.is_there;
    if (found.is_there) {
        take(scan, &found);
        *ret_batch = found.batch;
    }
    return STATUS_OK;
}

enum status log_scan_before(struct log_scan *scan, uint64_t offset, struct record_batch *ret_batch, bool *ret_found) {
    struct key key = key_log(scan->partition->id, offset);
    scan_seek_for_prev(&scan->scan, &key);
    struct found found;
    enum status status = look(scan, &found);
    if (status != STATUS_OK)
        return status;
    *ret_found = found.is_there;
    if (found.is_there) {
        take(scan, &found);
        *ret_batch = found.batch;
    } else {
        scan->reached = atomic_load(&scan->partition->first_offset);
        scan->log_bytes = atomic_load(&scan->partition->first_log_bytes);
    }
    return STATUS_OK;
}

enum status log_scan_at(struct log_scan *scan, uint64_t offset, struct record_batch *ret_batch, bool *ret_found) {
    enum status status = log_scan_before(scan, offset, ret_batch, ret_found);
    if (status != STATUS_OK || (*ret_found && ret_batch->end_offset > offset))
        return status;
    if (*ret_found) {
        scan_step(&scan->scan);
    } else {
        struct key key = key_log(scan->partition->id, scan->reached);
        scan_seek(&scan->scan, &key);
    }
    return check_next(scan, ret_batch, ret_found);
}

enum status log_scan_next(struct log_scan *scan, struct record_batch *ret_batch, bool *ret_found) {
    scan_step(&scan->scan);
    return check_next(scan, ret_batch, ret_found);
}
