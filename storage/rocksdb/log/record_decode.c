/* Record batches, the reading half: hardened, since it also meets what a disk made of the bytes. */
#include "storage/rocksdb/log/record_batch.h"

#include "storage/rocksdb/log/record_format.h"

enum status record_batch_open(struct bytes value, uint64_t base_offset, struct record_batch *ret_batch) {
    struct reader reader = reader_of(value.data, value.size);
    uint8_t version = reader_u8(&reader);
    uint8_t flags = reader_u8(&reader);
    uint64_t received_at_ms = reader_be64(&reader);
    uint64_t log_bytes = reader_be64(&reader);
    uint64_t count = reader_varint(&reader);
    uint64_t span = reader_varint(&reader);
    if (reader.failed || version != RECORD_BATCH_VERSION || flags != 0 || received_at_ms > INT64_MAX)
        return STATUS_CORRUPT;
    if (count == 0 || span < count || span > UINT64_MAX - base_offset)
        return STATUS_CORRUPT;
    *ret_batch = (struct record_batch){
        .header = { .received_at_ms = (int64_t)received_at_ms, .log_bytes = log_bytes, .count = count, .span = span },
        .end_offset = base_offset + span,
        .next_offset = base_offset,
        .left = count,
        .records = reader,
    };
    return STATUS_OK;
}

static struct bytes read_run(struct reader *reader) {
    uint64_t size = reader_varint(reader);
    const char *data = reader_take(reader, size);
    return data != NULL ? (struct bytes){ .data = data, .size = (size_t)size } : BYTES_NONE;
}

/* Walks over the headers, so that record_view_headers need not check again. */
static void read_headers(struct reader *reader, struct record_view *record) {
    uint64_t count = reader_varint(reader);
    const char *begin = (const char *)reader->at;
    if (count > reader_left(reader) / 2) /* each has two sizes: what could not be there is not counted out either */
        reader->failed = true;
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        record->payload_bytes += read_run(reader).size;
        record->payload_bytes += read_run(reader).size;
    }
    record->headers = (struct bytes){ .data = begin, .size = (size_t)((const char *)reader->at - begin) };
    record->header_count = (size_t)count;
}

static enum status read_body(struct reader body, uint64_t next_offset, struct record_view *ret_record) {
    uint8_t flags = reader_u8(&body);
    if (body.failed || (flags & ~RECORD_FLAGS_KNOWN) != 0)
        return STATUS_CORRUPT;
    struct record_view record = {
        .offset = next_offset,
        .timestamp_ms = STORAGE_TIME_NONE,
        .headers = BYTES_LITERAL(""), /* of none, too, there is something to point to */
    };
    uint64_t gap = flags & RECORD_GAP ? reader_varint(&body) : 0;
    uint64_t timestamp_ms = flags & RECORD_TIMESTAMP ? reader_varint(&body) : 0;
    if (gap > UINT64_MAX - next_offset || timestamp_ms > INT64_MAX)
        return STATUS_CORRUPT;
    record.offset += gap;
    if (flags & RECORD_TIMESTAMP)
        record.timestamp_ms = (int64_t)timestamp_ms;
    if (flags & RECORD_KEY)
        record.key = read_run(&body);
    if (flags & RECORD_ID)
        record.id = read_run(&body);
    if (flags & RECORD_HEADERS)
        read_headers(&body, &record);
    if (body.failed)
        return STATUS_CORRUPT;
    record.value = (struct bytes){ .data = (const char *)body.at, .size = reader_left(&body) };
    record.payload_bytes += record.key.size + record.id.size + record.value.size;
    *ret_record = record;
    return STATUS_OK;
}

enum status record_batch_next(struct record_batch *batch, struct record_view *ret_record, bool *ret_found) {
    if (batch->left == 0) {
        *ret_found = false;
        return reader_left(&batch->records) == 0 ? STATUS_OK : STATUS_CORRUPT;
    }
    uint64_t size = reader_varint(&batch->records);
    const void *body = reader_take(&batch->records, size);
    if (body == NULL)
        return STATUS_CORRUPT;
    enum status status = read_body(reader_of(body, (size_t)size), batch->next_offset, ret_record);
    if (status != STATUS_OK)
        return status;
    if (ret_record->offset >= batch->end_offset)
        return STATUS_CORRUPT;
    batch->next_offset = ret_record->offset + 1;
    batch->left--;
    *ret_found = true;
    return STATUS_OK;
}

enum status record_batch_skip(struct record_batch *batch, uint64_t offset) {
    while (batch->left > 0 && batch->next_offset < offset) {
        struct reader ahead = batch->records;
        uint64_t size = reader_varint(&ahead);
        const void *data = reader_take(&ahead, size);
        if (data == NULL)
            return STATUS_CORRUPT;
        struct reader body = reader_of(data, (size_t)size);
        uint64_t gap = reader_u8(&body) & RECORD_GAP ? reader_varint(&body) : 0;
        if (body.failed || gap >= batch->end_offset - batch->next_offset)
            return STATUS_CORRUPT;
        if (batch->next_offset + gap >= offset)
            return STATUS_OK;
        batch->next_offset += gap + 1;
        batch->records = ahead;
        batch->left--;
    }
    return STATUS_OK;
}

void record_view_headers(const struct record_view *record, struct storage_header *ret_headers) {
    struct reader reader = reader_of(record->headers.data, record->headers.size);
    for (size_t i = 0; i < record->header_count; i++) {
        ret_headers[i].name = read_run(&reader);
        ret_headers[i].value = read_run(&reader);
    }
}
