/* Record batches, the writing half. What a record takes does not depend on its offset, so that the thread which
 * brings a request encodes it and the committer only puts headers in front. */
#include "storage/rocksdb/log/record_batch.h"

#include "storage/rocksdb/log/record_format.h"

#include <assert.h>

static size_t varint_size(uint64_t value) {
    size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

/* Adds a run with its size in front; false when the sum would pass RECORD_BYTES_MAX. */
static bool size_add_run(size_t *size, struct bytes run) {
    if (run.size > RECORD_BYTES_MAX || varint_size(run.size) + run.size > RECORD_BYTES_MAX - *size)
        return false;
    *size += varint_size(run.size) + run.size;
    return true;
}

/* The bytes behind the size that a record begins with. */
static bool body_size(const struct storage_record *record, size_t *ret_size) {
    size_t size = 1;
    if (record->timestamp_ms != STORAGE_TIME_NONE)
        size += varint_size((uint64_t)record->timestamp_ms);
    if (bytes_present(record->key) && !size_add_run(&size, record->key))
        return false;
    if (bytes_present(record->id) && !size_add_run(&size, record->id))
        return false;
    if (record->header_count > 0)
        size += varint_size(record->header_count);
    for (size_t i = 0; i < record->header_count; i++)
        if (!size_add_run(&size, record->headers[i].name) || !size_add_run(&size, record->headers[i].value))
            return false;
    if (size > RECORD_BYTES_MAX || record->value.size > RECORD_BYTES_MAX - size)
        return false;
    *ret_size = size + record->value.size;
    return true;
}

bool record_encoded_size(const struct storage_record *record, size_t *ret_size) {
    size_t body;
    if (!body_size(record, &body) || varint_size(body) > RECORD_BYTES_MAX - body)
        return false;
    *ret_size = varint_size(body) + body;
    return true;
}

static char *put_bytes(char *to, struct bytes bytes) {
    if (bytes.size > 0)
        memcpy(to, bytes.data, bytes.size);
    return to + bytes.size;
}

static char *put_run(char *to, struct bytes run) { return put_bytes(to + put_varint(to, run.size), run); }

char *record_encode(const struct storage_record *record, char *to) {
    size_t body = 0;
    bool fits = body_size(record, &body);
    assert(fits);
    (void)fits;
    to += put_varint(to, body);
    char *flags = to++;
    *flags = 0;
    if (record->timestamp_ms != STORAGE_TIME_NONE) {
        *flags |= RECORD_TIMESTAMP;
        to += put_varint(to, (uint64_t)record->timestamp_ms);
    }
    if (bytes_present(record->key)) {
        *flags |= RECORD_KEY;
        to = put_run(to, record->key);
    }
    if (bytes_present(record->id)) {
        *flags |= RECORD_ID;
        to = put_run(to, record->id);
    }
    if (record->header_count > 0) {
        *flags |= RECORD_HEADERS;
        to += put_varint(to, record->header_count);
    }
    for (size_t i = 0; i < record->header_count; i++)
        to = put_run(put_run(to, record->headers[i].name), record->headers[i].value);
    return put_bytes(to, record->value);
}

size_t record_batch_header_size(uint64_t count, uint64_t span) {
    return 2 + 8 + 8 + varint_size(count) + varint_size(span);
}

size_t record_batch_header_encode(const struct record_batch_header *header, char to[RECORD_BATCH_HEADER_BYTES_MAX]) {
    char *at = to;
    *at++ = RECORD_BATCH_VERSION;
    *at++ = 0;
    put_be64(at, (uint64_t)header->received_at_ms);
    put_be64(at + 8, header->log_bytes);
    at += 16;
    at += put_varint(at, header->count);
    at += put_varint(at, header->span);
    return (size_t)(at - to);
}
