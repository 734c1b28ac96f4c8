/* The record batch codec: what is written is read back, and nothing that a disk makes of it does harm. */
#include "storage/rocksdb/log/record_batch.h"

#include "tests/unit/unit.h"

static const struct storage_header HEADERS[] = {
    { BYTES_LITERAL("name"), BYTES_LITERAL("value") },
    { BYTES_LITERAL(""), BYTES_LITERAL("") },
};

static const struct storage_record RECORDS[] = {
    { .timestamp_ms = STORAGE_TIME_NONE, .value = BYTES_LITERAL("{}") },
    { .timestamp_ms = 0, .key = BYTES_LITERAL(""), .value = BYTES_LITERAL("") },
    { .timestamp_ms = INT64_MAX,
      .key = BYTES_LITERAL("key"),
      .id = BYTES_LITERAL("id"),
      .headers = HEADERS,
      .header_count = 2,
      .value = BYTES_LITERAL("\"text\"") },
};
enum { RECORD_COUNT = sizeof RECORDS / sizeof RECORDS[0] };

static void encode(struct buffer *batch, const struct record_batch_header *header) {
    char encoded[RECORD_BATCH_HEADER_BYTES_MAX];
    size_t header_size = record_batch_header_encode(header, encoded);
    ck_assert_uint_eq(header_size, record_batch_header_size(header->count, header->span));
    buffer_append(batch, encoded, header_size);
    for (size_t i = 0; i < RECORD_COUNT; i++) {
        size_t size;
        ck_assert(record_encoded_size(&RECORDS[i], &size));
        ck_assert(buffer_reserve(batch, size));
        char *begin = batch->data + batch->size;
        ck_assert_ptr_eq(record_encode(&RECORDS[i], begin), begin + size);
        batch->size += size;
    }
}

static void encode_plain(struct buffer *batch) {
    struct record_batch_header header = {
        .received_at_ms = 17, .log_bytes = 4711, .count = RECORD_COUNT, .span = RECORD_COUNT
    };
    encode(batch, &header);
}

/* Reads all that can be read, touching each byte. */
static enum status walk(struct bytes value, uint64_t base_offset, size_t *ret_count) {
    struct record_batch batch;
    enum status status = record_batch_open(value, base_offset, &batch);
    for (uint64_t offset = base_offset; status == STATUS_OK && offset - base_offset < 4; offset++) {
        struct record_batch skipping = batch;
        (void)record_batch_skip(&skipping, offset);
    }
    *ret_count = 0;
    for (bool found = true; status == STATUS_OK && found;) {
        struct record_view record;
        status = record_batch_next(&batch, &record, &found);
        if (status != STATUS_OK || !found)
            break;
        ++*ret_count;
        ck_assert_uint_ge(record.offset, base_offset);
        ck_assert_uint_lt(record.offset, batch.end_offset);
        autofree struct storage_header *headers = mem_zero(record.header_count + 1, sizeof *headers);
        record_view_headers(&record, headers);
        size_t payload = record.key.size + record.id.size + record.value.size;
        for (size_t i = 0; i < record.header_count; i++)
            payload += headers[i].name.size + headers[i].value.size;
        ck_assert_uint_eq(payload, record.payload_bytes);
    }
    return status;
}

START_TEST(gives_back_what_was_written) {
    autobuffer struct buffer encoded = { 0 };
    encode_plain(&encoded);
    struct record_batch batch;
    ck_assert_int_eq(record_batch_open(buffer_bytes(&encoded), 100, &batch), STATUS_OK);
    ck_assert_int_eq(batch.header.received_at_ms, 17);
    ck_assert_uint_eq(batch.header.log_bytes, 4711);
    ck_assert_uint_eq(batch.end_offset, 103);
    struct record_view record;
    bool found;
    for (size_t i = 0; i < RECORD_COUNT; i++) {
        ck_assert_int_eq(record_batch_next(&batch, &record, &found), STATUS_OK);
        ck_assert(found);
        ck_assert_uint_eq(record.offset, 100 + i);
        ck_assert_int_eq(record.timestamp_ms, RECORDS[i].timestamp_ms);
        ck_assert_int_eq(bytes_present(record.key), bytes_present(RECORDS[i].key));
        ck_assert(bytes_equal(record.key, RECORDS[i].key));
        ck_assert_int_eq(bytes_present(record.id), bytes_present(RECORDS[i].id));
        ck_assert(bytes_equal(record.id, RECORDS[i].id));
        ck_assert(bytes_equal(record.value, RECORDS[i].value));
        ck_assert_uint_eq(record.header_count, RECORDS[i].header_count);
        ck_assert_ptr_nonnull(record.headers.data); /* a reader of it adds to the pointer */
    }
    struct storage_header headers[2];
    record_view_headers(&record, headers);
    unit_assert_bytes(headers[0].name, "name");
    unit_assert_bytes(headers[0].value, "value");
    ck_assert(bytes_present(headers[1].value));
    ck_assert_int_eq(record_batch_next(&batch, &record, &found), STATUS_OK);
    ck_assert(!found);
}
END_TEST

START_TEST(reads_over_holes) {
    autobuffer struct buffer encoded = { 0 };
    struct record_batch_header header = { .received_at_ms = 1, .log_bytes = 1, .count = 2, .span = 10 };
    char head[RECORD_BATCH_HEADER_BYTES_MAX];
    buffer_append(&encoded, head, record_batch_header_encode(&header, head));
    const char records[] = { 3, 1, 4, 'a', 3, 1, 2, 'b' }; /* sizes, flag GAP, gaps of 4 and 2, values */
    buffer_append(&encoded, records, sizeof records);
    struct record_batch batch;
    ck_assert_int_eq(record_batch_open(buffer_bytes(&encoded), 50, &batch), STATUS_OK);
    struct record_view record;
    bool found;
    ck_assert_int_eq(record_batch_next(&batch, &record, &found), STATUS_OK);
    ck_assert_uint_eq(record.offset, 54);
    ck_assert_int_eq(record_batch_next(&batch, &record, &found), STATUS_OK);
    ck_assert_uint_eq(record.offset, 57);
    unit_assert_bytes(record.value, "b");
    for (uint64_t from = 50; from < 60; from++) { /* to the first record at or after it */
        ck_assert_int_eq(record_batch_open(buffer_bytes(&encoded), 50, &batch), STATUS_OK);
        ck_assert_int_eq(record_batch_skip(&batch, from), STATUS_OK);
        ck_assert_int_eq(record_batch_next(&batch, &record, &found), STATUS_OK);
        ck_assert_int_eq(found, from <= 57);
        if (found)
            ck_assert_uint_eq(record.offset, from <= 54 ? 54 : 57);
    }
}
END_TEST

START_TEST(refuses_every_truncation) {
    autobuffer struct buffer encoded = { 0 };
    encode_plain(&encoded);
    for (size_t size = 0; size < encoded.size; size++) {
        autofree char *cut = unit_exact(encoded.data, size);
        size_t count;
        ck_assert_int_eq(walk((struct bytes){ cut, size }, 7, &count), STATUS_CORRUPT);
    }
}
END_TEST

START_TEST(survives_every_changed_byte) {
    autobuffer struct buffer encoded = { 0 };
    encode_plain(&encoded);
    autofree char *changed = unit_exact(encoded.data, encoded.size);
    for (size_t at = 0; at < encoded.size; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            changed[at] = (char)byte;
            size_t count;
            enum status status = walk((struct bytes){ changed, encoded.size }, 7, &count);
            ck_assert(status == STATUS_OK || status == STATUS_CORRUPT);
        }
        changed[at] = encoded.data[at];
    }
}
END_TEST

START_TEST(survives_noise) {
    srand(1);
    for (int round = 0; round < 20000; round++) {
        char noise[48];
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (char)(rand() % 4 == 0 ? rand() : rand() % 4);
        noise[0] = 1;
        noise[1] = 0;
        autofree char *exact = unit_exact(noise, sizeof noise);
        size_t count;
        (void)walk((struct bytes){ exact, sizeof noise }, UINT64_MAX - 5, &count);
    }
}
END_TEST

START_TEST(refuses_offsets_that_wrap) {
    autobuffer struct buffer encoded = { 0 };
    encode_plain(&encoded);
    struct record_batch batch;
    ck_assert_int_eq(record_batch_open(buffer_bytes(&encoded), UINT64_MAX - 2, &batch), STATUS_CORRUPT);
}
END_TEST

START_TEST(refuses_records_beyond_the_limit) {
    struct storage_record record = { .timestamp_ms = STORAGE_TIME_NONE,
                                     .value = { .data = "", .size = RECORD_BYTES_MAX } };
    size_t size;
    ck_assert(!record_encoded_size(&record, &size));
    record.value.size = SIZE_MAX;
    ck_assert(!record_encoded_size(&record, &size));
    record.value.size = 0;
    record.key = (struct bytes){ .data = "", .size = SIZE_MAX - 1 };
    ck_assert(!record_encoded_size(&record, &size));
}
END_TEST

int main(void) {
    const TTest *const tests[] = { gives_back_what_was_written,
                                   reads_over_holes,
                                   refuses_every_truncation,
                                   survives_every_changed_byte,
                                   survives_noise,
                                   refuses_offsets_that_wrap,
                                   refuses_records_beyond_the_limit,
                                   NULL };
    return unit_run("rocksdb: record batch", tests);
}
