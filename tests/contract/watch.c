/* Contract: on_change comes for partitions that are watched, when a record may be read, and for no others. */
#include "tests/contract/harness.h"

static enum status watch(uint64_t id, uint32_t partition) {
    return under_test()->ops->watch(under_test(), id, partition);
}

static void unwatch(uint64_t id, uint32_t partition) { under_test()->ops->unwatch(under_test(), id, partition); }

START_TEST(a_watched_partition_is_told) {
    uint64_t id = topic_id_make("watched", 2);
    ck_assert_status(watch(id, 1), STATUS_OK);
    for (uint64_t i = 1; i <= 10; i++) {
        append_texts(id, 1, 1);
        uint64_t head = nth_offset(id, 1, i);
        ck_assert(told_wait(id, 1, head));
        ck_assert_uint_ge(read_run(id, 1, nth_offset(id, 1, i - 1))->read.ret_head, head);
        ck_assert_uint_eq(told_next(id, 1), head);
    }
    unwatch(id, 1);
}
END_TEST

START_TEST(one_request_tells_each_partition) {
    uint64_t id = topic_id_make("several", 3);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_status(watch(id, i), STATUS_OK);
    const struct storage_record records[] = { record_of(2, "a"), record_of(0, "b"), record_of(2, "c") };
    append_run(id, records, 3);
    ck_assert(told_wait(id, 0, 1));
    ck_assert(told_wait(id, 2, 2));
    engine_close();
    ck_assert_uint_eq(told_next(id, 1), 0);
}
END_TEST

START_TEST(others_are_not_told) {
    uint64_t id = topic_id_make("quiet", 2);
    uint64_t other = topic_id_make("other", 1);
    append_texts(id, 0, 1); /* before: told at most as the head, when watching begins later */
    uint64_t head = bounds_of(id, 0).next_offset;
    ck_assert_status(watch(id, 0), STATUS_OK);
    append_texts(id, 1, 3);
    append_texts(other, 0, 3);
    engine_close(); /* after which nothing more can come */
    ck_assert_uint_le(told_changes(id, 0), 1);
    ck_assert(told_next(id, 0) == 0 || told_next(id, 0) == head);
    ck_assert_uint_eq(told_changes(id, 1), 0);
    ck_assert_uint_eq(told_changes(other, 0), 0);
}
END_TEST

START_TEST(watches_are_counted) {
    uint64_t id = topic_id_make("counted", 1);
    ck_assert_status(watch(id, 0), STATUS_OK);
    ck_assert_status(watch(id, 0), STATUS_OK);
    unwatch(id, 0);
    append_texts(id, 0, 1);
    uint64_t head = bounds_of(id, 0).next_offset;
    ck_assert(told_wait(id, 0, head));
    unwatch(id, 0);
    append_texts(id, 0, 1);
    engine_close();
    ck_assert_uint_le(told_next(id, 0), head);
}
END_TEST

START_TEST(growth_keeps_a_watch) {
    uint64_t id = topic_id_make("growing", 1);
    ck_assert_status(watch(id, 0), STATUS_OK);
    ck_assert_status(watch(id, 1), STATUS_PARTITION_NOT_FOUND);
    struct storage_settings settings = settings_of(2);
    ck_assert_status(call_run(alter_call(id, &settings, STORAGE_SETTING_PARTITIONS)), STATUS_OK);
    ck_assert_status(watch(id, 1), STATUS_OK);
    append_texts(id, 0, 1);
    append_texts(id, 1, 1);
    ck_assert(told_wait(id, 0, 1));
    ck_assert(told_wait(id, 1, 1));
}
END_TEST

START_TEST(unknown_and_deleted) {
    uint64_t id = topic_id_make("deleted", 1);
    ck_assert_status(watch(id, 1), STATUS_PARTITION_NOT_FOUND);
    ck_assert_status(watch(id + 1, 0), STATUS_TOPIC_NOT_FOUND);
    ck_assert_status(watch(id, 0), STATUS_OK);
    topic_remove(id);
    unwatch(id, 0); /* harmless */
    uint64_t again = topic_id_make("deleted", 1);
    append_texts(again, 0, 1); /* the watch was of the old one */
    engine_close();
    ck_assert_uint_eq(told_changes(again, 0), 0);
}
END_TEST

TCase *contract_watch(void) {
    const TTest *const tests[] = { a_watched_partition_is_told,
                                   one_request_tells_each_partition,
                                   others_are_not_told,
                                   watches_are_counted,
                                   growth_keeps_a_watch,
                                   unknown_and_deleted,
                                   NULL };
    return part_make("watch", tests);
}
