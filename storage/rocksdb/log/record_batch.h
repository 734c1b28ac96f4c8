/* The record batch: the value of one key of a log, the records of one partition that were written in one commit.
 *
 *     u8 version (1) | u8 flags (0) | be64 received_at_ms | be64 log_bytes | varint count | varint span | records
 *
 * log_bytes is the running total of key and value bytes of all batches of the partition, this one included: the
 * bytes of any range of a log are one subtraction. span is the last offset - the base offset + 1; it exceeds count
 * when there are holes. The base offset stands in the key. A record is
 *
 *     varint size of what follows | u8 flags | varint gap, if GAP: offset - (the one before + 1)
 *     | varint timestamp_ms, if TIMESTAMP: else it is received_at_ms
 *     | varint size, key, if KEY | varint size, id, if ID
 *     | varint count, then name and value each with its varint size, if HEADERS | value: the rest
 *
 * Pure; any thread. Decoding trusts nothing: bytes that were never written give STATUS_CORRUPT. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_RECORD_BATCH_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_RECORD_BATCH_H

#include "base/bits.h"
#include "storage/storage.h"

enum {
    RECORD_BATCH_BYTES_MAX = 64 * 1024, /* of records, where it is cut; a single larger record is its own batch */
    RECORD_BATCH_HEADER_BYTES_MAX = 2 + 8 + 8 + 2 * VARINT_BYTES_MAX,
    RECORD_BYTES_MAX = 1 << 30, /* RocksDB takes values below 4 GiB */
};

struct record_batch_header {
    int64_t received_at_ms;
    uint64_t log_bytes;
    uint64_t count;
    uint64_t span;
};

/* ---- encoding --------------------------------------------------------------------------------------------------- */

/* The bytes that record_encode writes; false when it is more than RECORD_BYTES_MAX. */
bool record_encoded_size(const struct storage_record *record, size_t *ret_size);

/* Writes a record that follows directly on the one before it; returns behind its last byte. */
char *record_encode(const struct storage_record *record, char *to);

size_t record_batch_header_size(uint64_t count, uint64_t span);
size_t record_batch_header_encode(const struct record_batch_header *header, char to[RECORD_BATCH_HEADER_BYTES_MAX]);

/* ---- decoding --------------------------------------------------------------------------------------------------- */

/* A record, pointing into the batch. */
struct record_view {
    uint64_t offset;
    int64_t timestamp_ms; /* or STORAGE_TIME_NONE: received_at_ms of the batch */
    struct bytes key;
    struct bytes id;
    struct bytes headers; /* encoded: see record_view_headers */
    size_t header_count;
    struct bytes value;
    size_t payload_bytes; /* storage_record_bytes */
};

/* A place in a batch that moves from record to record. */
struct record_batch {
    struct record_batch_header header;
    uint64_t end_offset;  /* base offset + span */
    uint64_t next_offset; /* the record at `records` has this offset, or a later one */
    uint64_t left;        /* records that follow */
    struct reader records;
};

enum status record_batch_open(struct bytes value, uint64_t base_offset, struct record_batch *ret_batch);

/* The next record. STATUS_OK with *ret_found false at the end; STATUS_CORRUPT. */
enum status record_batch_next(struct record_batch *batch, struct record_view *ret_record, bool *ret_found);

/* Moves over the records below the offset, looking no further into them than at their gaps. */
enum status record_batch_skip(struct record_batch *batch, uint64_t offset);

/* Decodes header_count headers of a record that record_batch_next has accepted. */
void record_view_headers(const struct record_view *record, struct storage_header *ret_headers);

#endif
