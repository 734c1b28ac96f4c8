/* Finding record batches in the log of one partition. A log has no holes but those that power cuts leave, and each batch says how
 * many bytes lie before it: so a batch that is not found though it was written is noticed, whatever RocksDB says. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_LOG_SCAN_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_LOG_SCAN_H

#include "storage/rocksdb/catalog/partition.h"
#include "storage/rocksdb/database/scan.h"
#include "storage/rocksdb/log/record_batch.h"

/* Zero-initialise it. */
struct log_scan {
    struct scan scan;
    const struct partition *partition;
    uint64_t head;
    bool is_memory_only;
    uint64_t reached;   /* where the batch that was found last ends, */
    uint64_t log_bytes; /* and how many bytes of batches lie up to there */
    char *detail;       /* says what is wrong */
};

/* A scan of the batches that begin below `head`. `detail` has STORAGE_DETAIL_BYTES. */
void log_scan_open(struct log_scan *scan, const struct database *database, const struct partition *partition,
                   uint64_t head, enum scan_mode mode, char *detail);
void log_scan_finish(struct log_scan *scan);
#define autologscan __attribute__((cleanup(log_scan_finish)))

/* Moves to the last batch that begins at or before the offset. *ret_found false: there is none. What lies between its end and the
 * offset has not been looked at. */
enum status log_scan_before(struct log_scan *scan, uint64_t offset, struct record_batch *ret_batch, bool *ret_found);

/* Moves to the batch that the offset lies in, or else to the first behind it; *ret_found false: there is none below the head. With
 * SCAN_MEMORY, STATUS_OVERLOADED where only the disk can say that nothing is missing. */
enum status log_scan_at(struct log_scan *scan, uint64_t offset, struct record_batch *ret_batch, bool *ret_found);

/* Moves to the next batch, the same way. */
enum status log_scan_next(struct log_scan *scan, struct record_batch *ret_batch, bool *ret_found);

#endif
