/* Contract: pages of one partition: where they begin, how far they go, and where to go on. */
#include "base/memory.h"
#include "tests/contract/harness.h"

#include <stdio.h>

/* Records of 100 bytes each, as byte_limit counts: 10 each of key, id, header name and header value, 60 of value. */
static uint64_t topic_of_hundreds(size_t count) {
    static const char digits[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    const struct bytes ten = { .data = digits, .size = 10 };
    const struct storage_header header = { .name = ten, .value = ten };
    uint64_t id = topic_id_make("hundreds", 1);
    struct storage_record record = { .timestamp_ms = STORAGE_TIME_NONE,
                                     .key = ten,
                                     .id = ten,
                                     .value = { .data = digits, .size = 60 },
                                     .headers = &header,
                                     .header_count = 1 };
    struct storage_record records[32];
    ck_assert_uint_le(count, 32);
    for (size_t i = 0; i < count; i++)
        records[i] = record;
    append_run(id, records, count);
    return id;
}

static struct call *read_limited(uint64_t id, uint64_t offset, size_t record_limit, size_t byte_limit) {
    struct call *read = read_call(id, 0, offset);
    read->read.record_limit = record_limit;
    read->read.byte_limit = byte_limit;
    ck_assert_status(call_run(read), STATUS_OK);
    return read;
}

START_TEST(an_empty_partition) {
    uint64_t id = topic_id_make("empty", 1);
    struct call *read = read_run(id, 0, 0);
    ck_assert_uint_eq(read->read.record_count, 0);
    ck_assert_uint_eq(read->read.ret_next, 0);
    ck_assert_uint_eq(read->read.ret_first, 0);
    ck_assert_uint_eq(read->read.ret_head, 0);
}
END_TEST

START_TEST(from_any_offset) {
    uint64_t id = topic_id_make("any", 1);
    append_texts(id, 0, 10);
    for (size_t from = 0; from <= 10; from++) {
        struct call *read = read_run(id, 0, nth_offset(id, 0, from));
        ck_assert_uint_eq(read->read.record_count, 10 - from);
        ck_assert_uint_eq(read->read.ret_next, nth_offset(id, 0, 10));
        ck_assert_uint_eq(read->read.ret_first, 0);
        ck_assert_uint_eq(read->read.ret_head, nth_offset(id, 0, 10));
        for (size_t i = 0; i < read->read.record_count; i++) {
            char value[24];
            snprintf(value, sizeof value, "%zu", from + i);
            ck_assert_uint_eq(read->read.records[i].offset, nth_offset(id, 0, from + i));
            ck_assert_uint_eq(read->read.records[i].partition, 0);
            ck_assert(text_is(read->read.records[i].value, value));
        }
    }
}
END_TEST

START_TEST(from_inside_one_request) {
    uint64_t id = topic_of_hundreds(20);
    for (size_t i = 0; i < 20; i++) {
        uint64_t offset = nth_offset(id, 0, i);
        struct call *read = read_limited(id, offset, 1, BYTES_ALL);
        ck_assert_uint_eq(read->read.record_count, 1);
        ck_assert_uint_eq(read->read.records[0].offset, offset);
        ck_assert(is_behind(read->read.ret_next, id, 0, i + 1));
    }
}
END_TEST

/* Reading from an offset that has no record gives what lies behind it, or nothing and where to go on. */
START_TEST(from_a_hole) {
    uint64_t id = topic_id_make("holes", 1);
    append_texts(id, 0, 4);
    uint64_t head = bounds_of(id, 0).next_offset;
    size_t seen = 0;
    for (uint64_t offset = 0; offset <= head; offset++) {
        struct call *read = read_run(id, 0, offset);
        ck_assert_uint_eq(read->read.record_count, 4 - seen);
        ck_assert_uint_eq(read->read.ret_next, head);
        seen += read->read.record_count > 0 && read->read.records[0].offset == offset;
    }
    ck_assert_uint_eq(seen, 4);
}
END_TEST

START_TEST(beyond_the_head) {
    uint64_t id = topic_id_make("beyond", 1);
    append_texts(id, 0, 4);
    const uint64_t head = nth_offset(id, 0, 4);
    const uint64_t offsets[] = { head + 1, 1000000, UINT64_MAX };
    for (size_t i = 0; i < 3; i++) {
        struct call *read = read_call(id, 0, offsets[i]);
        ck_assert_status(call_run(read), STATUS_OFFSET_BEYOND);
        ck_assert_uint_eq(read->read.ret_first, 0);
        ck_assert_uint_eq(read->read.ret_head, head);
        ck_assert_uint_eq(read->read.record_count, 0);
    }
}
END_TEST

START_TEST(unknown_topic_and_partition) {
    uint64_t id = topic_id_make("known", 2);
    ck_assert_status(call_run(read_call(id, 2, 0)), STATUS_PARTITION_NOT_FOUND);
    ck_assert_status(call_run(read_call(id + 1, 0, 0)), STATUS_TOPIC_NOT_FOUND);
}
END_TEST

START_TEST(record_limit_holds) {
    uint64_t id = topic_of_hundreds(20);
    for (size_t limit = 1; limit <= 21; limit++) {
        struct call *read = read_limited(id, 0, limit, BYTES_ALL);
        size_t count = limit < 20 ? limit : 20;
        ck_assert_uint_eq(read->read.record_count, count);
        ck_assert(is_behind(read->read.ret_next, id, 0, count));
        ck_assert_uint_eq(read->read.ret_head, nth_offset(id, 0, 20));
    }
    ck_assert_uint_eq(read_limited(id, 0, SIZE_MAX, SIZE_MAX)->read.record_count, 20);
}
END_TEST

START_TEST(byte_limit_counts_all_bytes_of_the_client) {
    static const struct {
        size_t limit;
        size_t count;
    } cases[] = { { 0, 1 },   { 1, 1 },   { 99, 1 },    { 100, 1 },  { 199, 1 },
                  { 200, 2 }, { 201, 2 }, { 1999, 19 }, { 2000, 20 } };
    uint64_t id = topic_of_hundreds(20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct call *read = read_limited(id, 0, RECORDS_ALL, cases[i].limit);
        ck_assert_uint_eq(read->read.record_count, cases[i].count);
        ck_assert(is_behind(read->read.ret_next, id, 0, cases[i].count));
    }
    struct call *later = read_limited(id, nth_offset(id, 0, 7), RECORDS_ALL, 250);
    ck_assert_uint_eq(later->read.record_count, 2);
    ck_assert_uint_eq(later->read.records[0].offset, nth_offset(id, 0, 7));
    ck_assert(is_behind(later->read.ret_next, id, 0, 9));
}
END_TEST

START_TEST(the_first_record_comes_whole) {
    enum { LARGE = 3 << 19 };
    autofree char *large = mem_alloc(LARGE);
    ck_assert_ptr_nonnull(large);
    memset(large, 'L', LARGE);
    uint64_t id = topic_id_make("large", 1);
    struct storage_record records[] = { record_of(0, "small"), record_of(0, ""), record_of(0, "behind") };
    records[1].value = (struct bytes){ .data = large, .size = LARGE };
    append_run(id, records, 3);

    struct call *stops = read_limited(id, 0, RECORDS_ALL, 1000);
    ck_assert_uint_eq(stops->read.record_count, 1); /* not the first: it does not fit */
    ck_assert(is_behind(stops->read.ret_next, id, 0, 1));
    struct call *whole = read_limited(id, stops->read.ret_next, RECORDS_ALL, 1000);
    ck_assert_uint_eq(whole->read.record_count, 1);
    ck_assert(bytes_equal(whole->read.records[0].value, records[1].value));
    ck_assert(is_behind(whole->read.ret_next, id, 0, 2));
}
END_TEST

START_TEST(pages_join_without_gap_or_overlap) {
    uint64_t id = topic_id_make("pages", 1);
    append_texts(id, 0, 50);
    uint64_t next = 0;
    size_t seen = 0;
    while (seen < 50) {
        struct call *read = read_limited(id, next, 7, BYTES_ALL);
        ck_assert_uint_gt(read->read.ret_next, next);
        for (size_t i = 0; i < read->read.record_count; i++, seen++) {
            char value[24];
            snprintf(value, sizeof value, "%zu", seen);
            ck_assert(text_is(read->read.records[i].value, value));
        }
        next = read->read.ret_next;
    }
    ck_assert(is_behind(next, id, 0, 50));
}
END_TEST

START_TEST(what_was_read_outlives_its_topic) {
    uint64_t id = topic_id_make("outlived", 1);
    append_texts(id, 0, 3);
    struct call *read = read_run(id, 0, 0);
    topic_remove(id);
    ck_assert(text_is(read->read.records[2].value, "2"));
}
END_TEST

TCase *contract_read(void) {
    const TTest *const tests[] = { an_empty_partition,
                                   from_any_offset,
                                   from_inside_one_request,
                                   from_a_hole,
                                   beyond_the_head,
                                   unknown_topic_and_partition,
                                   record_limit_holds,
                                   byte_limit_counts_all_bytes_of_the_client,
                                   the_first_record_comes_whole,
                                   pages_join_without_gap_or_overlap,
                                   what_was_read_outlives_its_topic,
                                   NULL };
    return part_make("read", tests);
}
