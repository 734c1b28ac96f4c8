/* Contract: what the engine counts of itself. */
#include "tests/contract/harness.h"

enum { APPENDS = 20 };

static struct storage_stats stats_now(void) {
    struct storage_stats stats;
    memset(&stats, 0xa5, sizeof stats); /* all of it must be set */
    under_test()->ops->stats(under_test(), &stats);
    return stats;
}

static uint64_t total(struct histogram_values values) {
    uint64_t count = 0;
    for (unsigned i = 0; i <= HISTOGRAM_BOUNDS; i++)
        count += values.counts[i];
    return count;
}

START_TEST(a_fresh_engine_has_committed_nothing) {
    struct storage_stats stats = stats_now();
    ck_assert_uint_eq(total(stats.commits), 0);
    ck_assert_uint_eq(stats.commits.sum_us, 0);
    ck_assert_uint_eq(stats.queued_bytes, 0);
}
END_TEST

START_TEST(commits_are_counted_before_done) {
    uint64_t id = topic_id_make("counted", 1);
    const struct storage_record record = record_of(0, "counted");
    for (uint64_t i = 1; i <= APPENDS; i++) {
        append_run(id, &record, 1);
        struct storage_stats stats = stats_now();
        ck_assert_uint_eq(total(stats.commits), i); /* one after the other: none shares a commit */
        ck_assert_uint_eq(stats.queued_bytes, 0);
    }
}
END_TEST

START_TEST(requests_at_once_share_commits) {
    uint64_t id = topic_id_make("shared", 1);
    const struct storage_record record = record_of(0, "shared");
    struct call *appends[APPENDS];
    for (size_t i = 0; i < APPENDS; i++) {
        appends[i] = append_call(id, &record, 1);
        call_start(appends[i]);
    }
    for (size_t i = 0; i < APPENDS; i++)
        ck_assert_status(call_wait(appends[i]), STATUS_OK);
    struct storage_stats stats = stats_now();
    ck_assert_uint_ge(total(stats.commits), 1);
    ck_assert_uint_le(total(stats.commits), APPENDS);
}
END_TEST

START_TEST(a_refused_append_is_no_commit) {
    uint64_t id = topic_id_make("refused", 1);
    const struct storage_record record = record_of(7, "there is no partition 7");
    ck_assert_status(call_run(append_call(id, &record, 1)), STATUS_PARTITION_NOT_FOUND);
    struct storage_stats stats = stats_now();
    ck_assert_uint_eq(total(stats.commits), 0);
}
END_TEST

START_TEST(committed_offsets_alone_are_no_commit_of_events) {
    uint64_t id = topic_id_make("offsets", 1);
    commit_one("group", id, 0, 0);
    struct storage_stats stats = stats_now();
    ck_assert_uint_eq(total(stats.commits), 0);
}
END_TEST

START_TEST(fsyncs_are_of_engines_with_a_disk) {
    uint64_t id = topic_id_make("synced", 1);
    const struct storage_record record = record_of(0, "synced");
    uint64_t before = total(stats_now().fsyncs);
    append_run(id, &record, 1); /* as durable as the engine can */
    struct storage_stats stats = stats_now();
    if (!can(STORAGE_CAN_ACK_DISK)) {
        ck_assert_uint_eq(total(stats.fsyncs), 0);
        return;
    }
    ck_assert_uint_eq(total(stats.fsyncs), before + 1);
    ck_assert_uint_gt(stats.fsyncs.sum_us, 0);
    ck_assert_uint_le(stats.fsyncs.sum_us, WAIT_MS * UINT64_C(1000));

    struct call *unsynced = append_call(id, &record, 1);
    unsynced->append.ack = STORAGE_ACK_OS;
    ck_assert_status(call_run(unsynced), STATUS_OK);
    unsynced = append_call(id, &record, 1);
    unsynced->append.ack = STORAGE_ACK_OS;
    ck_assert_status(call_run(unsynced), STATUS_OK);
    ck_assert_uint_le(total(stats_now().fsyncs), before + 2); /* the first may have had to sync a ceiling */
}
END_TEST

TCase *contract_stats(void) {
    const TTest *const tests[] = { a_fresh_engine_has_committed_nothing,
                                   commits_are_counted_before_done,
                                   requests_at_once_share_commits,
                                   a_refused_append_is_no_commit,
                                   committed_offsets_alone_are_no_commit_of_events,
                                   fsyncs_are_of_engines_with_a_disk,
                                   NULL };
    return part_make("stats", tests);
}
