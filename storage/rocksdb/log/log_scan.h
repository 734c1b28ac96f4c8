/* Finding record batches in the log of one partition. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_LOG_SCAN_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_LOG_SCAN_H

#include "storage/rocksdb/catalog/partition.h"
#include "storage/rocksdb/database/scan.h"
#include "storage/rocksdb/log/record_batch.h"

/* A scan of the batches that begin below `head`. */
void log_scan_open(struct scan *scan, const struct database *database, const struct partition *partition, uint64_t head,
                   enum scan_mode mode);

/* The batch at which the scan stands. *ret_found is false at the end. `detail` says what is wrong. */
enum status log_scan_batch(struct scan *scan, const struct partition *partition, struct record_batch *ret_batch,
                           bool *ret_found, char detail[STORAGE_DETAIL_BYTES]);

/* Moves to the last batch that begins at or before the offset. */
enum status log_scan_before(struct scan *scan, const struct partition *partition, uint64_t offset,
                            struct record_batch *ret_batch, bool *ret_found, char detail[STORAGE_DETAIL_BYTES]);

/* Moves to the batch that the offset lies in, or else to the first behind it. */
enum status log_scan_at(struct scan *scan, const struct partition *partition, uint64_t offset,
                        struct record_batch *ret_batch, bool *ret_found, char detail[STORAGE_DETAIL_BYTES]);

#endif
