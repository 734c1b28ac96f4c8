/* Contract: writers and readers at the same time. Threads record what went wrong; the main thread fails the test. */
#include "base/clock.h"
#include "base/memory.h"
#include "tests/contract/harness.h"
#include "tests/contract/threads.h"

#include <stdio.h>

enum { WRITERS = 4, REQUESTS = 60, PARTITIONS = 5, FOLLOWERS = 2, PER_PARTITION = 3, VALUE_BYTES = 32 };
enum { EXPECTED = WRITERS * REQUESTS * PER_PARTITION }; /* records of each partition at the end */

/* Who wrote a record, and which of the three that the request has in its partition it is. */
struct mark {
    unsigned writer;
    unsigned request;
    unsigned index;
};

struct writer {
    uint64_t topic_id;
    unsigned number;
    const char *failure;
    uint64_t first_offsets[REQUESTS][PARTITIONS]; /* as answered */
};

struct follower {
    uint64_t topic_id;
    const char *failure;
    size_t counts[PARTITIONS];
    struct mark seen[PARTITIONS][EXPECTED];
};

/* The first offset of each partition, whose runs make up what was written to it; a failure, or NULL. */
static const char *take_runs(const struct call *append, uint64_t first_offsets[PARTITIONS]) {
    const struct storage_extent *run = append->extents;
    const struct storage_extent *end = run + append->append.ret_extent_count;
    for (unsigned i = 0; i < PARTITIONS; i++) {
        uint64_t count = 0;
        if (run == end)
            return "an append did not answer for each partition";
        first_offsets[i] = run->first_offset;
        for (; run != end && run->partition == i; run++)
            count += run->count;
        if (count != PER_PARTITION)
            return "a run is wrong";
    }
    if (can(STORAGE_CAN_CONTIGUOUS) && append->append.ret_extent_count != PARTITIONS)
        return "a partition has several runs";
    return run == end ? NULL : "a run is of no partition";
}

static const char *write_one(struct writer *writer, unsigned request) {
    struct storage_record records[PARTITIONS * PER_PARTITION];
    char values[PARTITIONS * PER_PARTITION][VALUE_BYTES];
    for (unsigned i = 0; i < PARTITIONS * PER_PARTITION; i++) { /* interleaved: the engine has to gather them */
        snprintf(values[i], VALUE_BYTES, "%u %u %u", writer->number, request, i / PARTITIONS);
        records[i] = record_of(i % PARTITIONS, values[i]);
    }
    struct call *append = append_call(writer->topic_id, records, PARTITIONS * PER_PARTITION);
    if (call_run(append) != STATUS_OK)
        return "an append failed";
    return take_runs(append, writer->first_offsets[request]);
}

static void *writer_run(void *argument) {
    struct writer *writer = argument;
    for (unsigned i = 0; i < REQUESTS && writer->failure == NULL; i++)
        writer->failure = write_one(writer, i);
    return NULL;
}

static bool mark_parse(struct bytes value, struct mark *ret_mark) {
    char text[VALUE_BYTES] = "";
    if (value.size >= sizeof text)
        return false;
    memcpy(text, value.data, value.size);
    return sscanf(text, "%u %u %u", &ret_mark->writer, &ret_mark->request, &ret_mark->index) == 3;
}

/* Reads one page of a partition; a failure, or NULL. */
static const char *follow_one(struct follower *follower, uint32_t partition, uint64_t *next) {
    struct call *read = read_call(follower->topic_id, partition, *next);
    read->read.record_limit = 50;
    if (call_run(read) != STATUS_OK)
        return "a read failed";
    const char *failure = NULL;
    for (size_t i = 0; i < read->read.record_count && failure == NULL; i++) {
        const struct storage_record *record = &read->read.records[i];
        size_t *count = &follower->counts[partition];
        if (record->offset < *next || record->offset >= read->read.ret_head)
            failure = "a record has an offset out of its page";
        else if (*count == EXPECTED)
            failure = "there are more records than were written";
        else if (!mark_parse(record->value, &follower->seen[partition][(*count)++]))
            failure = "a record is not one of those written";
    }
    *next = read->read.ret_next;
    call_release(read);
    return failure;
}

static void *follower_run(void *argument) {
    struct follower *follower = argument;
    uint64_t next[PARTITIONS] = { 0 };
    int64_t until = clock_monotonic_ms() + 3 * WAIT_MS;
    for (bool all = false; !all && follower->failure == NULL; pause_ms(1)) {
        all = true;
        for (uint32_t i = 0; i < PARTITIONS && follower->failure == NULL; i++) {
            follower->failure = follow_one(follower, i, &next[i]);
            all = all && follower->counts[i] == EXPECTED;
        }
        if (clock_monotonic_ms() > until)
            follower->failure = "records were lost";
    }
    return NULL;
}

/* Nothing lost or doubled; a request's records side by side; those of one writer, who waits for each, in order. */
static void check_sequence(const struct mark *seen) {
    unsigned next_request[WRITERS] = { 0 };
    for (size_t i = 0; i < EXPECTED; i += PER_PARTITION) {
        unsigned writer = seen[i].writer;
        ck_assert_uint_lt(writer, WRITERS);
        ck_assert_uint_eq(seen[i].request, next_request[writer]);
        next_request[writer]++;
        for (unsigned j = 0; j < PER_PARTITION; j++) {
            ck_assert_uint_eq(seen[i + j].writer, writer);
            ck_assert_uint_eq(seen[i + j].request, seen[i].request);
            ck_assert_uint_eq(seen[i + j].index, j);
        }
    }
}

static void check_extents(const struct writer *writer) {
    for (unsigned request = 0; request < REQUESTS; request++)
        for (uint32_t partition = 0; partition < PARTITIONS; partition++) {
            struct call *read = read_call(writer->topic_id, partition, writer->first_offsets[request][partition]);
            read->read.record_limit = 1;
            ck_assert_status(call_run(read), STATUS_OK);
            struct mark mark;
            ck_assert(mark_parse(read->read.records[0].value, &mark));
            ck_assert_uint_eq(mark.writer, writer->number);
            ck_assert_uint_eq(mark.request, request);
            ck_assert_uint_eq(mark.index, 0);
            call_release(read);
        }
}

START_TEST(writers_and_followers) {
    uint64_t id = topic_id_make("busy", PARTITIONS);
    for (uint32_t i = 0; i < PARTITIONS; i++)
        ck_assert_status(under_test()->ops->watch(under_test(), id, i), STATUS_OK);
    autofree struct writer *writers = mem_zero(WRITERS, sizeof *writers);
    autofree struct follower *followers = mem_zero(FOLLOWERS, sizeof *followers);
    ck_assert(writers != NULL && followers != NULL);
    for (unsigned i = 0; i < FOLLOWERS; i++)
        followers[i].topic_id = id;
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i].topic_id = id;
        writers[i].number = i;
    }

    pthread_t following[FOLLOWERS];
    threads_start(following, follower_run, followers, FOLLOWERS, sizeof *followers);
    threads_run(writer_run, writers, WRITERS, sizeof *writers);
    threads_join(following, FOLLOWERS);

    for (unsigned i = 0; i < WRITERS; i++) {
        ck_assert_msg(writers[i].failure == NULL, "writer %u: %s", i, writers[i].failure);
        check_extents(&writers[i]);
    }
    for (unsigned i = 0; i < FOLLOWERS; i++) {
        ck_assert_msg(followers[i].failure == NULL, "follower %u: %s", i, followers[i].failure);
        for (uint32_t partition = 0; partition < PARTITIONS; partition++)
            check_sequence(followers[i].seen[partition]);
    }
    for (uint32_t i = 0; i < PARTITIONS; i++)
        ck_assert(told_wait(id, i, bounds_of(id, i).next_offset));
}
END_TEST

struct counter {
    uint64_t topic_id;
    unsigned successes;
    const char *failure;
};

enum { COUNTERS = 3, COUNTS = 10, COUNTER_HEAD = COUNTERS * COUNTS };

/* Adds one to the committed offset COUNTS times, by comparing. */
static void *counter_run(void *argument) {
    struct counter *counter = argument;
    struct storage_commit commit = { .topic_id = counter->topic_id, .offset = 1, .has_expected = true };
    while (counter->successes < COUNTS && counter->failure == NULL) {
        struct call *call = commit_call("counter", &commit, 1);
        enum status status = call_run(call);
        if (status == STATUS_OK) {
            counter->successes++;
            commit.expected = commit.offset;
        } else if (status == STATUS_OFFSET_MISMATCH && call->commit.ret_stored_known) {
            commit.expected = call->commit.ret_stored;
        } else {
            counter->failure = status_name(status);
        }
        commit.offset = commit.expected + 1;
    }
    return NULL;
}

START_TEST_WITH(compared_commits_lose_no_step, STORAGE_CAN_OFFSET_CAS) {
    uint64_t id = topic_id_make("counted", 1);
    append_texts(id, 0, COUNTER_HEAD);
    commit_one("counter", id, 0, 0);
    struct counter counters[COUNTERS] = { { 0 } };
    for (size_t i = 0; i < COUNTERS; i++)
        counters[i].topic_id = id;
    threads_run(counter_run, counters, COUNTERS, sizeof counters[0]);
    for (size_t i = 0; i < COUNTERS; i++)
        ck_assert_msg(counters[i].failure == NULL, "a counter got %s", counters[i].failure);
    struct call *fetch = fetch_run("counter");
    ck_assert_uint_eq(fetch->fetch.committed[0].offset, COUNTER_HEAD);
}
END_TEST

TCase *contract_concurrency(void) {
    const TTest *const tests[] = { writers_and_followers, compared_commits_lose_no_step, NULL };
    return part_make("concurrency", tests);
}
