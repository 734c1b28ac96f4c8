/* Contract: the bounds of partitions, and offsets found by time. */
#include "tests/contract/harness.h"

/* Of one partition: the status of it, or of the operation. */
static enum status find_run(uint64_t id, uint32_t partition, int64_t time_ms, uint64_t *ret_offset) {
    struct call *find = find_call(id, partition, time_ms);
    enum status status = call_run(find);
    *ret_offset = find->times[0].ret_offset;
    return status != STATUS_OK ? status : find->times[0].ret_status;
}

struct two_topics {
    uint64_t first;  /* two partitions, of which the second has two records */
    uint64_t second; /* one partition with three */
};

static struct two_topics two_topics_make(void) {
    struct two_topics topics;
    topics.first = topic_id_make("first", 2);
    topics.second = topic_id_make("second", 1);
    append_texts(topics.first, 1, 2);
    append_texts(topics.second, 0, 3);
    return topics;
}

START_TEST(bounds_follow_the_log) {
    uint64_t id = topic_id_make("bounds", 3);
    append_texts(id, 1, 4);
    struct call *call = bounds_call(id, 3);
    ck_assert_status(call_run(call), STATUS_OK);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_status(call->partitions[i].ret_status, STATUS_OK);
        ck_assert_uint_eq(call->partitions[i].first_offset, 0);
        ck_assert_uint_eq(call->partitions[i].next_offset, nth_offset(id, i, i == 1 ? 4 : 0));
    }
    bool counts = can(STORAGE_CAN_COUNT_BYTES);
    ck_assert_uint_eq(call->partitions[0].bytes, counts ? 0 : STORAGE_BYTES_UNKNOWN);
    ck_assert(counts ? call->partitions[1].bytes > 0 : call->partitions[1].bytes == STORAGE_BYTES_UNKNOWN);
}
END_TEST

START_TEST_WITH(bytes_grow_by_what_is_stored, STORAGE_CAN_COUNT_BYTES) {
    char zeros[5000] = { 0 }; /* compresses well, and is counted before that */
    uint64_t id = topic_id_make("bytes", 1);
    uint64_t bytes = 0;
    for (int i = 0; i < 5; i++) {
        struct storage_record record = record_of(0, "");
        record.value = (struct bytes){ .data = zeros, .size = sizeof zeros };
        append_run(id, &record, 1);
        uint64_t now = bounds_of(id, 0).bytes;
        ck_assert_uint_ge(now, bytes + sizeof zeros);
        ck_assert_uint_le(now, bytes + sizeof zeros + 200);
        bytes = now;
    }
}
END_TEST

/* In any order, with what is not there in between. */
START_TEST(bounds_of_many_topics) {
    const struct two_topics topics = two_topics_make();
    struct call *call = call_new(CALL_BOUNDS);
    const struct {
        uint64_t topic_id;
        uint32_t partition;
        enum status status;
        size_t records;
    } asked[] = { { topics.first, 1, STATUS_OK, 2 },
                  { topics.second, 0, STATUS_OK, 3 },
                  { topics.second, 1, STATUS_PARTITION_NOT_FOUND, 0 },
                  { topics.first + topics.second + 1, 0, STATUS_TOPIC_NOT_FOUND, 0 },
                  { topics.first, 0, STATUS_OK, 0 },
                  { topics.first, 1, STATUS_OK, 2 } };
    for (; call->bounds.count < sizeof asked / sizeof asked[0]; call->bounds.count++)
        call->partitions[call->bounds.count] = (struct storage_partition_bounds){
            .topic_id = asked[call->bounds.count].topic_id, .partition = asked[call->bounds.count].partition
        };
    ck_assert_status(call_run(call), STATUS_OK);
    for (size_t i = 0; i < call->bounds.count; i++) {
        ck_assert_status(call->partitions[i].ret_status, asked[i].status);
        if (asked[i].status == STATUS_OK)
            ck_assert_uint_eq(call->partitions[i].next_offset,
                              nth_offset(asked[i].topic_id, asked[i].partition, asked[i].records));
    }
}
END_TEST

START_TEST(bounds_of_nothing) { ck_assert_status(call_run(call_new(CALL_BOUNDS)), STATUS_OK); }
END_TEST

START_TEST_WITH(time_finds_the_first_at_or_after, STORAGE_CAN_OFFSET_BY_TIME) {
    uint64_t id = topic_id_make("times", 2);
    for (int i = 0; i < 12; i++) {
        const struct storage_record pair[] = { record_of(1, "a"), record_of(1, "b") };
        append_run(id, pair, 2);
        pause_ms(3);
    }
    struct call *read = read_run(id, 1, 0);
    const struct storage_record *records = read->read.records;
    ck_assert_uint_eq(read->read.record_count, 24);
    ck_assert_int_gt(records[23].received_at_ms, records[0].received_at_ms);
    int64_t from = records[0].received_at_ms - 2;
    int64_t to = records[23].received_at_ms + 2;
    uint64_t want = 0;
    for (int64_t time_ms = from; time_ms <= to; time_ms++) {
        while (want < 24 && records[want].received_at_ms < time_ms)
            want++;
        uint64_t got;
        ck_assert_status(find_run(id, 1, time_ms, &got), STATUS_OK);
        ck_assert(want < 24 ? got == records[want].offset : is_behind(got, id, 1, 24));
    }
}
END_TEST

START_TEST_WITH(time_uses_the_arrival_not_the_clients, STORAGE_CAN_OFFSET_BY_TIME) {
    uint64_t id = topic_id_make("client-times", 1);
    struct storage_record records[] = { record_of(0, "future"), record_of(0, "past") };
    records[0].timestamp_ms = INT64_C(1) << 50;
    records[1].timestamp_ms = 0;
    append_run(id, records, 2);
    uint64_t offset;
    ck_assert_status(find_run(id, 0, INT64_C(1) << 49, &offset), STATUS_OK);
    ck_assert_uint_eq(offset, nth_offset(id, 0, 2));
    ck_assert_status(find_run(id, 0, 1000, &offset), STATUS_OK);
    ck_assert_uint_eq(offset, 0);
}
END_TEST

START_TEST_WITH(time_at_the_edges, STORAGE_CAN_OFFSET_BY_TIME) {
    uint64_t id = topic_id_make("edges", 1);
    uint64_t offset;
    ck_assert_status(find_run(id, 0, 0, &offset), STATUS_OK); /* nothing there: the next offset */
    ck_assert_uint_eq(offset, 0);
    append_texts(id, 0, 5);
    ck_assert_status(find_run(id, 0, 0, &offset), STATUS_OK);
    ck_assert_uint_eq(offset, 0);
    ck_assert_status(find_run(id, 0, INT64_MAX, &offset), STATUS_OK);
    ck_assert_uint_eq(offset, nth_offset(id, 0, 5));
    ck_assert_status(find_run(id, 1, 0, &offset), STATUS_PARTITION_NOT_FOUND);
    ck_assert_status(find_run(id + 1, 0, 0, &offset), STATUS_TOPIC_NOT_FOUND);
}
END_TEST

START_TEST_WITH(time_in_many_topics, STORAGE_CAN_OFFSET_BY_TIME) {
    const struct two_topics topics = two_topics_make();
    struct call *find = find_call(topics.first, 1, INT64_MAX);
    find->times[1] = (struct storage_partition_time){ .topic_id = topics.first + topics.second + 1 };
    find->times[2] = (struct storage_partition_time){ .topic_id = topics.second };
    find->times[3] = (struct storage_partition_time){ .topic_id = topics.second, .partition = 1 };
    find->times[4] = (struct storage_partition_time){ .topic_id = topics.first };
    find->offset_at_time.count = 5;
    ck_assert_status(call_run(find), STATUS_OK);
    ck_assert_uint_eq(find->times[0].ret_offset, bounds_of(topics.first, 1).next_offset);
    ck_assert_status(find->times[1].ret_status, STATUS_TOPIC_NOT_FOUND);
    ck_assert_uint_eq(find->times[2].ret_offset, bounds_of(topics.second, 0).next_offset);
    ck_assert_status(find->times[3].ret_status, STATUS_PARTITION_NOT_FOUND);
    ck_assert_uint_eq(find->times[4].ret_offset, bounds_of(topics.first, 0).next_offset);
}
END_TEST

START_TEST(time_is_unsupported_without_the_capability) {
    if (can(STORAGE_CAN_OFFSET_BY_TIME))
        return;
    uint64_t offset;
    ck_assert_status(find_run(topic_id_make("unsupported", 1), 0, 0, &offset), STATUS_UNSUPPORTED);
}
END_TEST

TCase *contract_offsets(void) {
    const TTest *const tests[] = { bounds_follow_the_log,
                                   bytes_grow_by_what_is_stored,
                                   bounds_of_many_topics,
                                   bounds_of_nothing,
                                   time_finds_the_first_at_or_after,
                                   time_uses_the_arrival_not_the_clients,
                                   time_at_the_edges,
                                   time_in_many_topics,
                                   time_is_unsupported_without_the_capability,
                                   NULL };
    return part_make("offsets", tests);
}
