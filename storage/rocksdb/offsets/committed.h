/* The value of the family `offsets`: u8 version | be64 offset | be64 committed_at_ms | u8 1 and the metadata, or u8
 * 0. */
#ifndef TAILRACE_STORAGE_ROCKSDB_OFFSETS_COMMITTED_H
#define TAILRACE_STORAGE_ROCKSDB_OFFSETS_COMMITTED_H

#include "base/bits.h"
#include "base/buffer.h"
#include "storage/storage.h"

#include <stdio.h>

enum { COMMITTED_VERSION = 1, COMMITTED_BYTES_MAX = 1 + 8 + 8 + 1 + STORAGE_METADATA_BYTES_MAX };

struct committed {
    uint64_t offset;
    int64_t committed_at_ms;
    struct bytes metadata;
};

static inline void committed_encode(const struct committed *committed, struct buffer *value) {
    buffer_append_u8(value, COMMITTED_VERSION);
    buffer_append_be64(value, committed->offset);
    buffer_append_be64(value, (uint64_t)committed->committed_at_ms);
    buffer_append_u8(value, bytes_present(committed->metadata));
    buffer_append_bytes(value, committed->metadata);
}

/* False: it is not such a value. The metadata points into it. */
static inline bool committed_decode(struct bytes value, struct committed *ret_committed) {
    struct reader reader = reader_of(value.data, value.size);
    uint8_t version = reader_u8(&reader);
    uint64_t offset = reader_be64(&reader);
    uint64_t committed_at_ms = reader_be64(&reader);
    uint8_t has_metadata = reader_u8(&reader);
    if (reader.failed || version != COMMITTED_VERSION || has_metadata > 1 || committed_at_ms > INT64_MAX)
        return false;
    if (!has_metadata && reader_left(&reader) > 0)
        return false;
    struct bytes metadata = { .data = (const char *)reader.at, .size = reader_left(&reader) };
    *ret_committed = (struct committed){ .offset = offset,
                                         .committed_at_ms = (int64_t)committed_at_ms,
                                         .metadata = has_metadata ? metadata : BYTES_NONE };
    return true;
}

static inline enum status committed_damaged(char detail[STORAGE_DETAIL_BYTES]) {
    snprintf(detail, STORAGE_DETAIL_BYTES, "an entry of what consumer groups have committed is damaged");
    return STATUS_CORRUPT;
}

#endif
