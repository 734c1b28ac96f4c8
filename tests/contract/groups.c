/* Contract: what consumer groups commit, fetch, list and forget. */
#include "base/clock.h"
#include "tests/contract/harness.h"

#include <stdio.h>

static uint64_t committed_offset(const char *group) {
    struct call *fetch = fetch_run(group);
    ck_assert_uint_eq(fetch->fetch.count, 1);
    return fetch->fetch.committed[0].offset;
}

static enum status delete_run(const char *group, uint64_t topic_id) {
    struct call *call = call_new(CALL_GROUP_DELETE);
    call->group_delete.group = group;
    call->group_delete.topic_id = topic_id;
    return call_run(call);
}

START_TEST(commit_and_fetch) {
    uint64_t id = topic_id_make("plain", 1);
    append_texts(id, 0, 5);
    int64_t before = clock_wall_ms();
    commit_one("g", id, 0, 3);
    int64_t after = clock_wall_ms();
    struct call *fetch = fetch_run("g");
    ck_assert_uint_eq(fetch->fetch.count, 1);
    const struct storage_committed *committed = &fetch->fetch.committed[0];
    committed_check(committed, id, 0, 3);
    if (committed->committed_at_ms != STORAGE_TIME_NONE) {
        ck_assert_int_ge(committed->committed_at_ms, before);
        ck_assert_int_le(committed->committed_at_ms, after);
    }
    ck_assert(!bytes_present(committed->metadata));
}
END_TEST

START_TEST(fetch_is_ordered_by_topic_and_partition) {
    uint64_t a = topic_id_make("a", 3);
    uint64_t b = topic_id_make("b", 3);
    uint64_t low = a < b ? a : b;
    uint64_t high = a < b ? b : a;
    const struct storage_commit commits[] = { { .topic_id = high, .partition = 2 },
                                              { .topic_id = low, .partition = 1 },
                                              { .topic_id = high, .partition = 0 },
                                              { .topic_id = low, .partition = 0 } };
    ck_assert_status(call_run(commit_call("g", commits, 4)), STATUS_OK);
    commit_one("f", low, 2, 0);
    commit_one("gg", low, 2, 0);
    struct call *fetch = fetch_run("g");
    ck_assert_uint_eq(fetch->fetch.count, 4);
    static const uint32_t partitions[] = { 0, 1, 0, 2 };
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(fetch->fetch.committed[i].topic_id, i < 2 ? low : high);
        ck_assert_uint_eq(fetch->fetch.committed[i].partition, partitions[i]);
    }
}
END_TEST

START_TEST(fetch_of_nothing) { ck_assert_status(fetch_status("nobody"), STATUS_GROUP_NOT_FOUND); }
END_TEST

START_TEST(commits_go_forward_and_back) {
    uint64_t id = topic_id_make("rewind", 1);
    append_texts(id, 0, 5);
    static const uint64_t offsets[] = { 0, 5, 2, 2, 0 };
    for (size_t i = 0; i < 5; i++) {
        commit_one("g", id, 0, offsets[i]);
        ck_assert_uint_eq(committed_offset("g"), offsets[i]);
    }
}
END_TEST

START_TEST(commit_beyond_the_next_offset) {
    uint64_t id = topic_id_make("beyond", 2);
    append_texts(id, 0, 5);
    uint64_t next_offset = nth_offset(id, 0, 5);
    const struct storage_commit commits[] = { { .topic_id = id, .partition = 1 },
                                              { .topic_id = id, .offset = next_offset + 1 } };
    struct call *call = commit_call("g", commits, 2);
    ck_assert_status(call_run(call), STATUS_OFFSET_BEYOND);
    ck_assert_uint_eq(call->commit.ret_failed, 1);
    ck_assert_uint_eq(call->commit.ret_stored, next_offset);
    ck_assert_status(fetch_status("g"), STATUS_GROUP_NOT_FOUND);
}
END_TEST

START_TEST(commit_of_unknown_topic_or_partition) {
    uint64_t id = topic_id_make("known", 1);
    const struct storage_commit topic[] = { { .topic_id = id }, { .topic_id = id + 1 } };
    struct call *call = commit_call("g", topic, 2);
    ck_assert_status(call_run(call), STATUS_TOPIC_NOT_FOUND);
    ck_assert_uint_eq(call->commit.ret_failed, 1);
    const struct storage_commit partition[] = { { .topic_id = id }, { .topic_id = id, .partition = 1 } };
    call = commit_call("g", partition, 2);
    ck_assert_status(call_run(call), STATUS_PARTITION_NOT_FOUND);
    ck_assert_uint_eq(call->commit.ret_failed, 1);
    ck_assert_status(fetch_status("g"), STATUS_GROUP_NOT_FOUND);
}
END_TEST

START_TEST_WITH(expected_is_compared, STORAGE_CAN_OFFSET_CAS) {
    uint64_t id = topic_id_make("compared", 1);
    append_texts(id, 0, 5);
    struct storage_commit commit = { .topic_id = id, .offset = 2, .has_expected = true, .expected = 0 };
    struct call *call = commit_call("g", &commit, 1);
    ck_assert_status(call_run(call), STATUS_OFFSET_MISMATCH); /* nothing stored matches nothing */
    ck_assert(!call->commit.ret_stored_known);
    ck_assert_uint_eq(call->commit.ret_failed, 0);

    commit_one("g", id, 0, 1);
    call = commit_call("g", &commit, 1);
    ck_assert_status(call_run(call), STATUS_OFFSET_MISMATCH);
    ck_assert(call->commit.ret_stored_known);
    ck_assert_uint_eq(call->commit.ret_stored, 1);
    ck_assert_uint_eq(committed_offset("g"), 1);

    commit.expected = 1;
    ck_assert_status(call_run(commit_call("g", &commit, 1)), STATUS_OK);
    ck_assert_uint_eq(committed_offset("g"), 2);
}
END_TEST

START_TEST(expected_is_unsupported_without_the_capability) {
    if (can(STORAGE_CAN_OFFSET_CAS))
        return;
    const struct storage_commit commit = { .topic_id = topic_id_make("unsupported", 1), .has_expected = true };
    ck_assert_status(call_run(commit_call("g", &commit, 1)), STATUS_UNSUPPORTED);
}
END_TEST

START_TEST_WITH(commits_are_all_or_none, STORAGE_CAN_OFFSET_CAS) {
    uint64_t id = topic_id_make("whole", 3);
    for (uint32_t i = 0; i < 3; i++)
        append_texts(id, i, 5);
    commit_one("g", id, 1, 4);
    const struct storage_commit commits[] = {
        { .topic_id = id, .partition = 0, .offset = 1 },
        { .topic_id = id, .partition = 1, .offset = 5, .has_expected = true, .expected = 3 },
        { .topic_id = id, .partition = 2, .offset = 1 },
    };
    struct call *call = commit_call("g", commits, 3);
    ck_assert_status(call_run(call), STATUS_OFFSET_MISMATCH);
    ck_assert_uint_eq(call->commit.ret_failed, 1);
    ck_assert_uint_eq(call->commit.ret_stored, 4);
    struct call *fetch = fetch_run("g");
    ck_assert_uint_eq(fetch->fetch.count, 1);
    committed_check(&fetch->fetch.committed[0], id, 1, 4);
}
END_TEST

START_TEST(metadata_has_a_limit) {
    char text[STORAGE_METADATA_BYTES_MAX + 1];
    memset(text, 'm', sizeof text);
    uint64_t id = topic_id_make("metadata", 1);
    struct storage_commit commit = { .topic_id = id, .metadata = { .data = text, .size = sizeof text } };
    ck_assert_status(call_run(commit_call("g", &commit, 1)), STATUS_INVALID);
    ck_assert_status(fetch_status("g"), STATUS_GROUP_NOT_FOUND);
    commit.metadata.size = STORAGE_METADATA_BYTES_MAX;
    ck_assert_status(call_run(commit_call("g", &commit, 1)), STATUS_OK);
    ck_assert_uint_eq(fetch_run("g")->fetch.committed[0].metadata.size, STORAGE_METADATA_BYTES_MAX);
}
END_TEST

START_TEST(metadata_is_kept_and_replaced) {
    char large[4096];
    memset(large, 'm', sizeof large);
    uint64_t id = topic_id_make("metadata", 1);
    const struct bytes texts[] = { BYTES_LITERAL("node-3"), BYTES_LITERAL(""), { large, sizeof large }, BYTES_NONE };
    for (size_t i = 0; i < 4; i++) {
        const struct storage_commit commit = { .topic_id = id, .metadata = texts[i] };
        ck_assert_status(call_run(commit_call("g", &commit, 1)), STATUS_OK);
        struct bytes got = fetch_run("g")->fetch.committed[0].metadata;
        ck_assert_int_eq(bytes_present(got), bytes_present(texts[i]));
        ck_assert(bytes_equal(got, texts[i]));
    }
}
END_TEST

/* Lists and compares with names that are joined by spaces. */
static void check_list(const char *prefix, const char *after, size_t limit, const char *want, bool more) {
    struct call *call = call_new(CALL_GROUPS_LIST);
    call->list.prefix = prefix;
    call->list.after = after;
    call->list.limit = limit;
    ck_assert_status(call_run(call), STATUS_OK);
    char got[200] = "";
    for (size_t i = 0; i < call->list.count; i++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%s", i > 0 ? " " : "", call->list.names[i]);
    }
    ck_assert_str_eq(got, want);
    ck_assert_int_eq(call->list.ret_more, more);
}

START_TEST(groups_are_listed_in_byte_order) {
    static const char *const names[] = { "b", "b0", "a", "B", "b-1", "b.1", "c", "_x", "b_", "bb" };
    check_list("", NULL, 10, "", false);
    uint64_t id = topic_id_make("listed", 2);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        commit_one(names[i], id, 0, 0);
        commit_one(names[i], id, 1, 0);
    }
    check_list("", NULL, 100, "B _x a b b-1 b.1 b0 b_ bb c", false);
    check_list("", NULL, 10, "B _x a b b-1 b.1 b0 b_ bb c", false);
    check_list("", NULL, 9, "B _x a b b-1 b.1 b0 b_ bb", true);
    check_list("", NULL, 1, "B", true);
    check_list("", "bb", 5, "c", false);
    check_list("", "c", 5, "", false);
    check_list("", "a9", 2, "b b-1", true); /* `after` need not be there */
    check_list("", "", 2, "B _x", true);
    check_list("b", NULL, 100, "b b-1 b.1 b0 b_ bb", false);
    check_list("b", "b", 2, "b-1 b.1", true);
    check_list("b", "b.1", 3, "b0 b_ bb", false);
    check_list("b", "B", 2, "b b-1", true); /* `after` lies before the prefix */
    check_list("b", "c", 2, "", false);     /* and behind it */
    check_list("bb", NULL, 2, "bb", false);
    check_list("bbb", NULL, 2, "", false);
}
END_TEST

START_TEST(a_group_is_forgotten_in_parts_and_whole) {
    uint64_t a = topic_id_make("a", 2);
    uint64_t b = topic_id_make("b", 1);
    commit_one("g", a, 0, 0);
    commit_one("g", a, 1, 0);
    commit_one("g", b, 0, 0);
    commit_one("gg", a, 0, 0);
    ck_assert_status(delete_run("g", a), STATUS_OK);
    struct call *fetch = fetch_run("g");
    ck_assert_uint_eq(fetch->fetch.count, 1);
    ck_assert_uint_eq(fetch->fetch.committed[0].topic_id, b);
    commit_one("g", a, 0, 0);
    ck_assert_status(delete_run("g", 0), STATUS_OK);
    ck_assert_status(fetch_status("g"), STATUS_GROUP_NOT_FOUND);
    ck_assert_status(fetch_status("gg"), STATUS_OK);
    check_list("", NULL, 10, "gg", false);
    ck_assert_status(delete_run("g", 0), STATUS_GROUP_NOT_FOUND);
    ck_assert_status(delete_run("gg", b), STATUS_GROUP_NOT_FOUND); /* nothing of that topic */
    ck_assert_status(fetch_status("gg"), STATUS_OK);
    commit_one("g", b, 0, 0); /* and may come back */
    ck_assert_uint_eq(committed_offset("g"), 0);
}
END_TEST

enum { MANY_GROUPS = 40, MANY_PARTITIONS = 64 };

static void commit_in_many_groups(uint64_t topic_id) {
    struct storage_commit commits[MANY_PARTITIONS];
    for (uint32_t i = 0; i < MANY_PARTITIONS; i++)
        commits[i] = (struct storage_commit){ .topic_id = topic_id, .partition = i };
    for (unsigned i = 0; i < MANY_GROUPS; i++) {
        char group[8];
        snprintf(group, sizeof group, "g%02u", i);
        ck_assert_status(call_run(commit_call(group, commits, MANY_PARTITIONS)), STATUS_OK);
    }
}

/* From the moment that its deletion is told, though the engine may take its time to remove it. */
START_TEST(what_was_committed_for_a_topic_goes_with_it) {
    uint64_t kept = topic_id_make("kept", 1);
    uint64_t gone = topic_id_make("again", MANY_PARTITIONS);
    commit_in_many_groups(gone);
    commit_one("g01", kept, 0, 0);
    commit_one("g39", kept, 0, 0);
    commit_one("h", kept, 0, 0);
    topic_remove(gone);

    check_list("", NULL, 100, "g01 g39 h", false);
    check_list("", NULL, 2, "g01 g39", true);
    check_list("g", "g01", 1, "g39", false);
    ck_assert_status(fetch_status("g00"), STATUS_GROUP_NOT_FOUND);
    ck_assert_uint_eq(fetch_run("g01")->fetch.count, 1);
    committed_check(&fetch_run("g01")->fetch.committed[0], kept, 0, 0);
    ck_assert_status(delete_run("g00", 0), STATUS_GROUP_NOT_FOUND);
    ck_assert_status(delete_run("g01", gone), STATUS_GROUP_NOT_FOUND);
    ck_assert_status(delete_run("g01", 0), STATUS_OK);
    check_list("", NULL, 100, "g39 h", false);

    uint64_t again = topic_id_make("again", MANY_PARTITIONS);
    ck_assert_status(fetch_status("g00"), STATUS_GROUP_NOT_FOUND);
    commit_one("g00", again, 3, 0);
    ck_assert_uint_eq(fetch_run("g00")->fetch.count, 1);
    committed_check(&fetch_run("g00")->fetch.committed[0], again, 3, 0);
    ck_assert_status(fetch_status("g02"), STATUS_GROUP_NOT_FOUND);
    check_list("", NULL, 100, "g00 g39 h", false);
}
END_TEST

/* Again and again, so that a deletion comes while the one before is still at work. */
START_TEST(topics_go_one_after_another) {
    enum { ROUNDS = 10 };
    uint64_t kept = topic_id_make("kept", 1);
    commit_one("g05", kept, 0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t id = topic_id_make("again", MANY_PARTITIONS);
        commit_in_many_groups(id);
        topic_remove(id);
        check_list("", NULL, 100, "g05", false);
        committed_check(&fetch_run("g05")->fetch.committed[0], kept, 0, 0);
    }
}
END_TEST

TCase *contract_groups(void) {
    const TTest *const tests[] = { commit_and_fetch,
                                   fetch_is_ordered_by_topic_and_partition,
                                   fetch_of_nothing,
                                   commits_go_forward_and_back,
                                   commit_beyond_the_next_offset,
                                   commit_of_unknown_topic_or_partition,
                                   expected_is_compared,
                                   expected_is_unsupported_without_the_capability,
                                   commits_are_all_or_none,
                                   metadata_has_a_limit,
                                   metadata_is_kept_and_replaced,
                                   groups_are_listed_in_byte_order,
                                   a_group_is_forgotten_in_parts_and_whole,
                                   what_was_committed_for_a_topic_goes_with_it,
                                   topics_go_one_after_another,
                                   NULL };
    return part_make("groups", tests);
}
