/* storage/rocksdb/record_batch: what lies in a log. The first byte of the input says what the rest is: the bytes of a
 * batch, such as a damaged disk gives them, or what records are to be written.
 *
 * Whatever the bytes, what is read lies within them and its offsets rise within the batch; skipping leads to where
 * walking does. Records that are written are read back as they were. */
#include "storage/rocksdb/log/record_batch.h"
#include "tests/fuzz/fuzz.h"

enum { RECORDS_MAX = 16, HEADERS_MAX = 4, OFFSETS_MAX = 64 };

static struct record_batch open_good(struct bytes value, uint64_t base_offset) {
    struct record_batch batch;
    fuzz_check(record_batch_open(value, base_offset, &batch) == STATUS_OK);
    return batch;
}

static struct record_view next_good(struct record_batch *batch) {
    struct record_view view;
    bool found = false;
    fuzz_check(record_batch_next(batch, &view, &found) == STATUS_OK && found);
    return view;
}

static void check_same(const struct record_view *view, const struct storage_record *record) {
    fuzz_check(view->timestamp_ms == record->timestamp_ms && bytes_equal(view->value, record->value));
    fuzz_check(fuzz_same(view->key, record->key) && fuzz_same(view->id, record->id));
    fuzz_check(view->header_count == record->header_count);
    autofree struct storage_header *headers = mem_zero(view->header_count + 1, sizeof *headers);
    record_view_headers(view, headers);
    size_t payload = record->key.size + record->id.size + record->value.size;
    for (size_t i = 0; i < record->header_count; i++) {
        fuzz_check(bytes_equal(headers[i].name, record->headers[i].name));
        fuzz_check(bytes_equal(headers[i].value, record->headers[i].value));
        payload += headers[i].name.size + headers[i].value.size;
    }
    fuzz_check(view->payload_bytes == payload);
}

static void append_batch(struct buffer *value, const struct record_batch_header *header,
                         const struct storage_record *records) {
    char encoded[RECORD_BATCH_HEADER_BYTES_MAX];
    size_t header_bytes = record_batch_header_encode(header, encoded);
    fuzz_check(header_bytes == record_batch_header_size(header->count, header->span));
    buffer_append(value, encoded, header_bytes);
    for (size_t i = 0; i < header->count; i++) {
        size_t size = 0;
        fuzz_check(record_encoded_size(&records[i], &size) && buffer_reserve(value, size));
        fuzz_check(record_encode(&records[i], value->data + value->size) == value->data + value->size + size);
        value->size += size;
    }
}

/* Writes the records and reads them back. */
static void check_written(const struct record_batch_header *header, const struct storage_record *records,
                          uint64_t base_offset) {
    autobuffer struct buffer value = { 0 };
    append_batch(&value, header, records);
    autofree char *exact = fuzz_exact(buffer_bytes(&value));
    struct record_batch batch = open_good((struct bytes){ exact, value.size }, base_offset);
    fuzz_check(batch.header.received_at_ms == header->received_at_ms && batch.header.log_bytes == header->log_bytes);
    fuzz_check(batch.header.count == header->count && batch.header.span == header->span);

    for (size_t i = 0; i < header->count; i++) {
        struct record_view view = next_good(&batch);
        fuzz_check(view.offset == base_offset + i);
        check_same(&view, &records[i]);
    }

    struct record_view none;
    bool found = true;
    fuzz_check(record_batch_next(&batch, &none, &found) == STATUS_OK && !found);
}

/* A record that was read can be written, and is then the same. */
static void check_view(const struct record_view *view, struct bytes value) {
    fuzz_check(fuzz_within(view->value, value));
    fuzz_check(view->timestamp_ms >= STORAGE_TIME_NONE && view->header_count <= value.size);
    autofree struct storage_header *headers = mem_zero(view->header_count + 1, sizeof *headers);
    record_view_headers(view, headers);

    for (size_t i = 0; i < view->header_count; i++)
        fuzz_check(fuzz_within(headers[i].name, value) && fuzz_within(headers[i].value, value));

    struct storage_record record = { .timestamp_ms = view->timestamp_ms,
                                     .key = view->key,
                                     .id = view->id,
                                     .value = view->value,
                                     .headers = headers,
                                     .header_count = view->header_count };
    check_same(view, &record);
    check_written(&(struct record_batch_header){ .count = 1, .span = 1 }, &record, 0);
}

/* Skipping to an offset gives the first record there or behind it. */
static void check_skip(struct bytes value, uint64_t base_offset, uint64_t to, const uint64_t *offsets, size_t count) {
    struct record_batch batch = open_good(value, base_offset);
    size_t expected = 0;
    while (expected < count && offsets[expected] < to)
        expected++;
    fuzz_check(record_batch_skip(&batch, to) == STATUS_OK);
    if (expected < count)
        fuzz_check(next_good(&batch).offset == offsets[expected]);
    else
        fuzz_check(batch.left == 0);
}

static void check_damaged(struct bytes value, uint64_t base_offset) {
    uint64_t offsets[OFFSETS_MAX];
    size_t count = 0;
    struct record_batch batch;
    enum status status = record_batch_open(value, base_offset, &batch);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT);
    if (status != STATUS_OK)
        return;

    struct record_batch skipping = batch;
    status = record_batch_skip(&skipping, batch.end_offset);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT);

    uint64_t lowest = base_offset;
    for (bool found = true;; count++) {
        struct record_view view;
        status = record_batch_next(&batch, &view, &found);
        fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT);
        if (status != STATUS_OK)
            return;
        if (!found)
            break;
        fuzz_check(view.offset >= lowest && view.offset < batch.end_offset);
        lowest = view.offset + 1;
        check_view(&view, value);
        if (count < OFFSETS_MAX)
            offsets[count] = view.offset;
    }

    fuzz_check(count == batch.header.count);
    for (size_t i = 0; i < count && count <= OFFSETS_MAX; i++) {
        check_skip(value, base_offset, offsets[i], offsets, count);
        check_skip(value, base_offset, offsets[i] + 1, offsets, count);
    }
}

static void check_made(struct fuzz_input *input) {
    struct storage_record records[RECORDS_MAX] = { 0 };
    struct storage_header headers[RECORDS_MAX][HEADERS_MAX];
    size_t count = 1 + (size_t)fuzz_below(input, RECORDS_MAX);
    uint64_t holes = fuzz_number(input) >> 32;
    uint64_t base_offset = fuzz_number(input) >> 1;
    struct record_batch_header header = { .received_at_ms = (int64_t)(fuzz_number(input) >> 1),
                                          .log_bytes = fuzz_number(input),
                                          .count = count,
                                          .span = count + holes };

    for (size_t i = 0; i < count; i++) {
        uint64_t time = fuzz_number(input);
        records[i] = (struct storage_record){ .timestamp_ms = time % 2 == 0 ? STORAGE_TIME_NONE : (int64_t)(time >> 1),
                                              .key = fuzz_maybe_run(input),
                                              .id = fuzz_maybe_run(input),
                                              .value = fuzz_run(input),
                                              .headers = headers[i],
                                              .header_count = (size_t)fuzz_below(input, HEADERS_MAX + 1) };
        for (size_t j = 0; j < records[i].header_count; j++)
            headers[i][j] = (struct storage_header){ fuzz_run(input), fuzz_run(input) };
    }

    check_written(&header, records, base_offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    if (fuzz_u8(&input) % 2 == 0) {
        uint64_t base_offset = fuzz_number(&input);
        autofree char *exact = fuzz_exact(input.left);
        check_damaged((struct bytes){ exact, input.left.size }, base_offset);
    } else {
        check_made(&input);
    }
    return 0;
}
