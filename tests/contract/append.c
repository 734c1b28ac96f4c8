/* Contract: what an append writes, where, in which order, and what it answers. */
#include "base/clock.h"
#include "base/memory.h"
#include "tests/contract/harness.h"

#include <stdio.h>

enum { MANY_RECORDS = 10000, MANY_PARTITIONS = 16, LARGE_BYTES = 1 << 20 };

static void check_bytes(struct bytes got, struct bytes want) {
    ck_assert_int_eq(bytes_present(got), bytes_present(want));
    ck_assert_uint_eq(got.size, want.size);
    ck_assert(bytes_equal(got, want));
}

static void check_record(const struct storage_record *got, const struct storage_record *want) {
    ck_assert_uint_eq(got->partition, want->partition);
    check_bytes(got->key, want->key);
    check_bytes(got->id, want->id);
    check_bytes(got->value, want->value);
    ck_assert_uint_eq(got->header_count, want->header_count);
    for (size_t i = 0; i < want->header_count; i++) {
        check_bytes(got->headers[i].name, want->headers[i].name);
        check_bytes(got->headers[i].value, want->headers[i].value);
    }
    ck_assert_int_eq(got->timestamp_ms,
                     want->timestamp_ms == STORAGE_TIME_NONE ? got->received_at_ms : want->timestamp_ms);
}

/* Appends to partition 0 of a new topic and compares what is read back. */
static void check_round_trip(const struct storage_record *records, size_t count) {
    uint64_t id = topic_id_make("round-trip", 1);
    struct call *append = append_run(id, records, count);
    ck_assert_uint_eq(runs_check(append, 0, count), 0);
    struct call *read = read_run(id, 0, 0);
    ck_assert_uint_eq(read->read.record_count, count);
    for (size_t i = 0; i < count; i++)
        check_record(&read->read.records[i], &records[i]);
}

START_TEST(one_record) {
    uint64_t id = topic_id_make("one", 2);
    struct storage_record record = record_of(1, "{\"n\":1}");
    struct call *append = append_run(id, &record, 1);
    ck_assert_uint_eq(append->append.ret_extent_count, 1);
    ck_assert_uint_eq(append->extents[0].partition, 1);
    ck_assert_uint_eq(append->extents[0].first_offset, 0);
    ck_assert_uint_eq(append->extents[0].count, 1);
    ck_assert_int_eq(append->append.ret_ack, strongest_ack());

    struct call *read = read_run(id, 1, 0);
    ck_assert_uint_eq(read->read.record_count, 1);
    ck_assert_uint_eq(read->read.records[0].offset, 0);
    check_record(&read->read.records[0], &record);
    ck_assert_uint_eq(read_run(id, 0, 0)->read.record_count, 0);
}
END_TEST

START_TEST(keys_and_ids_none_and_empty) {
    struct storage_record records[] = { record_of(0, "neither"), record_of(0, "empty key"), record_of(0, "empty id"),
                                        record_of(0, "both"), record_of(0, "") };
    records[1].key = BYTES_LITERAL("");
    records[2].id = BYTES_LITERAL("");
    records[3].key = BYTES_LITERAL("customer-7");
    records[3].id = BYTES_LITERAL("9b2f");
    records[4].key = BYTES_LITERAL("with an empty value");
    check_round_trip(records, 5);
}
END_TEST

START_TEST(headers_in_order) {
    const struct storage_header two[] = { { BYTES_LITERAL("trace"), BYTES_LITERAL("a1") },
                                          { BYTES_LITERAL("trace"), BYTES_LITERAL("") } };
    struct storage_header many[100];
    char names[100][8];
    for (size_t i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "h%zu", 99 - i);
        many[i] = (struct storage_header){ bytes_text(names[i]), bytes_text(names[99 - i]) };
    }
    struct storage_record records[] = { record_of(0, "two"), record_of(0, "none"), record_of(0, "many") };
    records[0].headers = two;
    records[0].header_count = 2;
    records[2].headers = many;
    records[2].header_count = 100;
    check_round_trip(records, 3);
}
END_TEST

START_TEST(any_bytes) {
    char all[256];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    const struct bytes binary = { .data = all, .size = sizeof all };
    const struct storage_header header = { .name = binary, .value = binary };
    struct storage_record record = record_of(0, "");
    record.value = record.key = record.id = binary;
    record.headers = &header;
    record.header_count = 1;
    struct storage_record nul = record_of(0, "");
    nul.value = nul.key = BYTES_LITERAL("\0\0\xff\xfe");
    const struct storage_record records[] = { record, nul, record };
    check_round_trip(records, 3);
}
END_TEST

START_TEST(a_large_value) {
    autofree char *value = mem_alloc(LARGE_BYTES);
    ck_assert_ptr_nonnull(value);
    uint32_t noise = 1;
    for (size_t i = 0; i < LARGE_BYTES; i++) {
        noise = noise * 1664525 + 1013904223;
        value[i] = (char)(noise >> 24);
    }
    struct storage_record records[] = { record_of(0, "before"), record_of(0, ""), record_of(0, "behind") };
    records[1].value = (struct bytes){ .data = value, .size = LARGE_BYTES };
    check_round_trip(records, 3);
}
END_TEST

START_TEST(timestamps_are_the_clients_or_the_arrivals) {
    struct storage_record records[] = { record_of(0, "none"), record_of(0, "epoch"), record_of(0, "past"),
                                        record_of(0, "future") };
    records[1].timestamp_ms = 0;
    records[2].timestamp_ms = 1234567890123;
    records[3].timestamp_ms = INT64_C(1) << 52;
    check_round_trip(records, 4);
}
END_TEST

START_TEST(received_at_is_the_arrival_and_never_goes_back) {
    uint64_t id = topic_id_make("arrivals", 1);
    int64_t before = clock_wall_ms();
    append_texts(id, 0, 30);
    int64_t after = clock_wall_ms();
    struct call *read = read_run(id, 0, 0);
    ck_assert_uint_eq(read->read.record_count, 30);
    for (size_t i = 0; i < 30; i++) {
        ck_assert_int_ge(read->read.records[i].received_at_ms, before);
        ck_assert_int_le(read->read.records[i].received_at_ms, after);
        before = read->read.records[i].received_at_ms;
    }
}
END_TEST

START_TEST(offsets_rise_and_go_on) {
    uint64_t id = topic_id_make("rising", 2);
    append_texts(id, 0, 3);
    const struct storage_record records[] = { record_of(0, "a"), record_of(1, "b"), record_of(0, "c") };
    struct call *append = append_run(id, records, 3);
    uint64_t first = nth_offset(id, 0, 3);
    ck_assert_uint_eq(runs_check(append, 0, 2), first);
    ck_assert_uint_eq(runs_check(append, 1, 1), 0);
    ck_assert_uint_eq(bounds_of(id, 0).next_offset, nth_offset(id, 0, 5));
    struct call *read = read_run(id, 0, first);
    ck_assert_uint_eq(read->read.record_count, 2);
    ck_assert(text_is(read->read.records[0].value, "a"));
    ck_assert(text_is(read->read.records[1].value, "c"));
    ck_assert_uint_eq(read->read.records[1].offset, nth_offset(id, 0, 4));
}
END_TEST

START_TEST(many_records_over_many_partitions) {
    uint64_t id = topic_id_make("many", MANY_PARTITIONS);
    autofree struct storage_record *records = mem_zero(MANY_RECORDS, sizeof *records);
    autofree char *values = mem_zero(MANY_RECORDS, 8);
    ck_assert(records != NULL && values != NULL);
    size_t counts[MANY_PARTITIONS] = { 0 };
    for (size_t i = 0; i < MANY_RECORDS; i++) {
        snprintf(values + 8 * i, 8, "%zu", i);
        records[i] = record_of((uint32_t)(i * 7 + i / 13) % MANY_PARTITIONS, values + 8 * i);
        counts[records[i].partition]++;
    }
    struct call *append = append_run(id, records, MANY_RECORDS);
    for (uint32_t partition = 0; partition < MANY_PARTITIONS; partition++) {
        ck_assert_uint_eq(runs_check(append, partition, counts[partition]), 0);
        struct call *read = read_run(id, partition, 0);
        ck_assert_uint_eq(read->read.record_count, counts[partition]);
        size_t at = 0;
        for (size_t i = 0; i < MANY_RECORDS; i++) { /* in the order of the request */
            if (records[i].partition != partition)
                continue;
            ck_assert(!can(STORAGE_CAN_DENSE) || read->read.records[at].offset == at);
            ck_assert(bytes_equal(read->read.records[at++].value, records[i].value));
        }
    }
}
END_TEST

START_TEST(an_unknown_partition_refuses_the_whole_request) {
    uint64_t id = topic_id_make("whole", 2);
    const struct storage_record records[] = { record_of(0, "a"), record_of(1, "b"), record_of(2, "c") };
    struct call *append = append_call(id, records, 3);
    ck_assert_status(call_run(append), STATUS_PARTITION_NOT_FOUND);
    ck_assert_uint_eq(bounds_of(id, 0).next_offset, 0);
    ck_assert_uint_eq(bounds_of(id, 1).next_offset, 0);
    append_texts(id, 0, 1);
    ck_assert_uint_eq(read_run(id, 0, 0)->read.record_count, 1);
}
END_TEST

START_TEST(an_unknown_topic) {
    const struct storage_record record = record_of(0, "lost");
    ck_assert_status(call_run(append_call(4711, &record, 1)), STATUS_TOPIC_NOT_FOUND);
}
END_TEST

START_TEST(each_ack_is_reached_or_unsupported) {
    enum storage_ack ack = (enum storage_ack)_i;
    uint64_t id = topic_id_make("acks", 1);
    const struct storage_record record = record_of(0, "x");
    struct call *append = append_call(id, &record, 1);
    append->append.ack = ack;
    if (!storage_can_ack(under_test()->capabilities, ack)) {
        ck_assert_status(call_run(append), STATUS_UNSUPPORTED);
        ck_assert_uint_eq(bounds_of(id, 0).next_offset, 0);
        return;
    }
    ck_assert_status(call_run(append), STATUS_OK);
    if (ack == STORAGE_ACK_NONE) {
        ck_assert_uint_eq(append->append.ret_extent_count, 0);
        ck_assert_int_eq(append->append.ret_ack, STORAGE_ACK_NONE);
        for (int64_t until = clock_monotonic_ms() + WAIT_MS; bounds_of(id, 0).next_offset == 0; pause_ms(1))
            ck_assert_int_lt(clock_monotonic_ms(), until);
    } else {
        ck_assert_uint_eq(append->append.ret_extent_count, 1);
        ck_assert_int_ge(append->append.ret_ack, ack);
        ck_assert_int_le(append->append.ret_ack, strongest_ack());
    }
    ck_assert_uint_eq(read_run(id, 0, 0)->read.record_count, 1);
}
END_TEST

TCase *contract_append(void) {
    const TTest *const tests[] = { one_record,
                                   keys_and_ids_none_and_empty,
                                   headers_in_order,
                                   any_bytes,
                                   a_large_value,
                                   timestamps_are_the_clients_or_the_arrivals,
                                   received_at_is_the_arrival_and_never_goes_back,
                                   offsets_rise_and_go_on,
                                   many_records_over_many_partitions,
                                   an_unknown_partition_refuses_the_whole_request,
                                   an_unknown_topic,
                                   NULL };
    TCase *part = part_make("append", tests);
    tcase_add_loop_test(part, each_ack_is_reached_or_unsupported, STORAGE_ACK_NONE, STORAGE_ACK_REPLICATED + 1);
    return part;
}
