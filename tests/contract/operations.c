/* Contract: what holds for every operation: done once, deadlines, starting one from `done`, closing. */
#include "base/clock.h"
#include "tests/contract/harness.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MANY = 200, CHAIN = 50 };

START_TEST(many_at_once_are_each_done) {
    uint64_t id = topic_id_make("at-once", 4);
    struct call *appends[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        const struct storage_record pair[] = { record_of(i % 4, "a"), record_of((i + 1) % 4, "b") };
        appends[i] = append_call(id, pair, 2);
        call_start(appends[i]);
    }
    size_t counts[4] = { 0 };
    bool seen[4][4 * MANY] = { { false } }; /* by offset, of which a few are holes */
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_status(call_wait(appends[i]), STATUS_OK);
        ck_assert_uint_eq(appends[i]->append.ret_extent_count, 2);
        for (size_t j = 0; j < 2; j++) {
            const struct storage_extent *extent = &appends[i]->extents[j];
            ck_assert_uint_lt(extent->first_offset, can(STORAGE_CAN_DENSE) ? MANY : 4 * MANY);
            ck_assert(!seen[extent->partition][extent->first_offset]);
            seen[extent->partition][extent->first_offset] = true;
            counts[extent->partition]++;
        }
    }
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(bounds_of(id, i).next_offset, nth_offset(id, i, counts[i]));
}
END_TEST

struct chain {
    uint64_t topic_id;
    struct call *links[CHAIN];
    size_t started; /* by one link after the other */
};

static void chain_start(struct call *before) {
    struct chain *chain = before->context;
    if (chain->started == CHAIN)
        return;
    struct call *next = chain->links[chain->started++];
    const struct storage_record record = record_of(0, "link");
    next->append.records = &record;
    call_start(next);
}

START_TEST(done_may_start_the_next) {
    struct chain chain = { .topic_id = topic_id_make("chain", 1) };
    for (size_t i = 0; i < CHAIN; i++) {
        chain.links[i] = append_call(chain.topic_id, NULL, 1);
        chain.links[i]->then = chain_start;
        chain.links[i]->context = &chain;
    }
    chain_start(chain.links[0]);
    for (size_t i = 0; i < CHAIN; i++)
        ck_assert_status(call_wait(chain.links[i]), STATUS_OK);
    ck_assert_uint_eq(bounds_of(chain.topic_id, 0).next_offset, nth_offset(chain.topic_id, 0, CHAIN));
}
END_TEST

static void create_next(struct call *before) {
    struct call *next = before->context;
    struct storage_settings settings = settings_of(1);
    next->create.name = "second";
    next->create.settings = &settings;
    call_start(next);
}

START_TEST(done_of_a_create_may_create) {
    struct storage_settings settings = settings_of(1);
    struct call *first = call_new(CALL_TOPIC_CREATE);
    struct call *second = call_new(CALL_TOPIC_CREATE);
    first->create.name = "first";
    first->create.settings = &settings;
    first->then = create_next;
    first->context = second;
    ck_assert_status(call_run(first), STATUS_OK);
    ck_assert_status(call_wait(second), STATUS_OK);
    ck_assert_str_eq(told_topic(1).topic->name, "first");
    ck_assert_str_eq(told_topic(2).topic->name, "second");
}
END_TEST

START_TEST(a_deadline_in_the_future_does_not_hurt) {
    uint64_t id = topic_id_make("later", 1);
    const struct storage_record record = record_of(0, "x");
    struct call *append = append_call(id, &record, 1);
    append->op.deadline_ms = clock_monotonic_ms() + 60000;
    ck_assert_status(call_run(append), STATUS_OK);
    struct call *read = read_call(id, 0, 0);
    read->op.deadline_ms = clock_monotonic_ms() + 60000;
    ck_assert_status(call_run(read), STATUS_OK);
}
END_TEST

/* An engine that begins at once may do the work; one that answers STATUS_TIMED_OUT must not have done any of it. */
static bool in_time(struct call *call) {
    call->op.deadline_ms = 1;
    enum status status = call_run(call);
    ck_assert(status == STATUS_OK || status == STATUS_TIMED_OUT);
    return status == STATUS_OK;
}

START_TEST(what_timed_out_was_not_done) {
    uint64_t id = topic_id_make("expired", 1);
    const struct storage_record record = record_of(0, "x");
    uint64_t head = 0;
    for (int i = 0; i < 20; i++)
        head += in_time(append_call(id, &record, 1));
    pause_ms(20); /* a late write would show now */
    ck_assert_uint_eq(bounds_of(id, 0).next_offset, nth_offset(id, 0, head));

    const struct storage_commit commit = { .topic_id = id };
    bool committed = in_time(commit_call("g", &commit, 1));
    ck_assert_status(fetch_status("g"), committed ? STATUS_OK : STATUS_GROUP_NOT_FOUND);

    struct storage_settings settings = settings_of(1);
    struct call *create = call_new(CALL_TOPIC_CREATE);
    create->create.name = "never";
    create->create.settings = &settings;
    size_t told = told_topics();
    if (!in_time(create))
        ck_assert_uint_eq(told_topics(), told);

    struct call *read = read_call(id, 0, 0);
    if (!in_time(read))
        ck_assert_uint_eq(read->read.record_count, 0);
}
END_TEST

START_TEST(healthy_when_idle) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    ck_assert_status(under_test()->ops->health(under_test(), detail, sizeof detail), STATUS_OK);
}
END_TEST

START_TEST(closing_finishes_what_was_started) {
    uint64_t id = topic_id_make("closing", 2);
    commit_one("g", id, 0, 0);
    struct call *calls[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        const struct storage_record record = record_of(i % 2, "x");
        calls[i] = i % 3 == 2 ? read_call(id, 0, 0) : append_call(id, &record, 1);
        call_start(calls[i]);
    }
    engine_close();
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_uint_eq(call_done_count(calls[i]), 1);
        ck_assert_status(calls[i]->op.status, STATUS_OK);
    }
}
END_TEST

struct closing {
    struct call *first;
    struct call *second; /* started in `done` of the first, while the engine closes */
    atomic_bool in_done;
};

static void closing_linger(struct call *first) {
    struct closing *closing = first->context;
    atomic_store(&closing->in_done, true);
    pause_ms(30); /* close begins now */
    call_start(closing->second);
    pause_ms(10);
}

static void *closing_start(void *argument) {
    struct closing *closing = argument;
    call_start(closing->first);
    return NULL;
}

START_TEST(closing_waits_for_done_and_refuses_the_new) {
    uint64_t id = topic_id_make("lingering", 1);
    const struct storage_record record = record_of(0, "x");
    struct closing closing = { .first = append_call(id, &record, 1), .second = read_call(id, 0, 0) };
    closing.first->then = closing_linger;
    closing.first->context = &closing;
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, closing_start, &closing), 0);
    while (!atomic_load(&closing.in_done))
        pause_ms(1);
    engine_close();
    unsigned done_when_closed = call_done_count(closing.first);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(done_when_closed, 1);
    ck_assert_status(closing.first->op.status, STATUS_OK);
    ck_assert_status(call_wait(closing.second), STATUS_CLOSING);
}
END_TEST

START_TEST(closing_nothing) {
    under_test()->ops->close(NULL);
    topic_id_make("still-open", 1);
}
END_TEST

TCase *contract_operations(void) {
    const TTest *const tests[] = { many_at_once_are_each_done,
                                   done_may_start_the_next,
                                   done_of_a_create_may_create,
                                   a_deadline_in_the_future_does_not_hurt,
                                   what_timed_out_was_not_done,
                                   healthy_when_idle,
                                   closing_finishes_what_was_started,
                                   closing_waits_for_done_and_refuses_the_new,
                                   closing_nothing,
                                   NULL };
    return part_make("operations", tests);
}
