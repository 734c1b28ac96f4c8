/* Contract: topics change unasked where others can change them, and the hook tells of it. */
#include "tests/contract/harness.h"

START_TEST(growth_is_told) {
    uint64_t id = topic_id_make("shared", 2);
    size_t told = told_topics();
    uint64_t version = told_topic(told - 1).version;
    if (!others_grow(id, 5))
        return;
    ck_assert_uint_eq(told_topics(), told + 1);
    struct told_topic grown = told_topic(told);
    ck_assert_uint_eq(grown.topic->id, id);
    ck_assert(!grown.gone);
    ck_assert_uint_gt(grown.version, version);
    ck_assert_uint_eq(grown.topic->settings.partitions, 5);
    ck_assert_uint_eq(grown.topic->partition_versions[1], version);
    ck_assert_uint_eq(grown.topic->partition_versions[4], grown.version);
    append_texts(id, 4, 1);
    ck_assert_uint_eq(read_run(id, 4, 0)->read.record_count, 1);
}
END_TEST

START_TEST(deletion_is_told) {
    uint64_t id = topic_id_make("shared", 1);
    append_texts(id, 0, 3);
    commit_one("g", id, 0, 1);
    ck_assert_status(under_test()->ops->watch(under_test(), id, 0), STATUS_OK);
    size_t told = told_topics();
    if (!others_drop(id))
        return;
    ck_assert_uint_eq(told_topics(), told + 1);
    ck_assert(told_topic(told).gone);
    ck_assert_uint_eq(told_topic(told).topic->id, id);
    ck_assert_status(call_run(read_call(id, 0, 0)), STATUS_TOPIC_NOT_FOUND);
    ck_assert_status(fetch_status("g"), STATUS_GROUP_NOT_FOUND);
    ck_assert_uint_ne(topic_id_make("shared", 1), id);
}
END_TEST

TCase *contract_others(void) {
    const TTest *const tests[] = { growth_is_told, deletion_is_told, NULL };
    return part_make("others", tests);
}
