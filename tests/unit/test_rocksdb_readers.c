/* The pool of reader threads, its one thread held up in the `done` of a lookup: what waits behind it passes its
 * deadline, or is too much. */
#include "base/clock.h"
#include "tests/unit/rocksdb_fixture.h"

#include <semaphore.h>

enum { WAITING_MAX = 4096 /* as LOOKUPS_WAITING_MAX */, DEADLINE_MS = 50 };

/* A look for the offsets of a group: there are none, and the disk is asked. */
struct look {
    struct storage_offsets_fetch fetch;
    atomic_int done; /* how often */
};

struct pool {
    struct store store;
    struct look first; /* holds the thread up */
    sem_t is_held;
    sem_t may_go;
};

static void count_done(void *context) {
    struct look *look = context;
    atomic_fetch_add(&look->done, 1);
}

static void hold_thread(void *context) {
    struct pool *pool = context;
    sem_post(&pool->is_held);
    sem_wait(&pool->may_go);
    count_done(&pool->first);
}

static void start(struct pool *pool, struct look *look, void (*done)(void *context), void *context) {
    look->fetch.op.done = done;
    look->fetch.op.context = context;
    look->fetch.group = "nobody";
    pool->store.storage->ops->offsets_fetch(pool->store.storage, &look->fetch);
}

static void pool_begin(struct pool *pool) {
    *pool = (struct pool){ 0 };
    sem_init(&pool->is_held, 0, 0);
    sem_init(&pool->may_go, 0, 0);
    store_init(&pool->store);
    store_open(&pool->store);
    start(pool, &pool->first, hold_thread, pool);
    sem_wait(&pool->is_held);
}

/* Lets the thread go on; when the store is closed, all lookups have ended. */
static void pool_end(struct pool *pool) {
    sem_post(&pool->may_go);
    store_finish(&pool->store);
    ck_assert_int_eq(pool->first.done, 1);
    sem_destroy(&pool->is_held);
    sem_destroy(&pool->may_go);
}

static void check_ended(const struct look *looks, size_t count, enum status want) {
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(looks[i].done, 1);
        ck_assert_status(looks[i].fetch.op.status, want);
    }
}

START_TEST(what_waits_may_pass_its_deadline) {
    struct pool pool;
    struct look looks[2] = { 0 };
    pool_begin(&pool);
    looks[0].fetch.op.deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
    start(&pool, &looks[0], count_done, &looks[0]);
    start(&pool, &looks[1], count_done, &looks[1]);
    usleep(2 * DEADLINE_MS * 1000);
    pool_end(&pool);
    check_ended(looks, 1, STATUS_TIMED_OUT);
    check_ended(looks + 1, 1, STATUS_GROUP_NOT_FOUND);
}
END_TEST

START_TEST(too_much_is_refused_at_once) {
    struct pool pool;
    struct look *looks = mem_zero(WAITING_MAX + 2, sizeof *looks);
    ck_assert_ptr_nonnull(looks);
    pool_begin(&pool);
    for (size_t i = 0; i < WAITING_MAX + 2; i++)
        start(&pool, &looks[i], count_done, &looks[i]);
    ck_assert_int_eq(looks[WAITING_MAX - 1].done, 0);
    check_ended(looks + WAITING_MAX, 2, STATUS_OVERLOADED);
    pool_end(&pool);
    check_ended(looks, WAITING_MAX, STATUS_GROUP_NOT_FOUND);
    check_ended(looks + WAITING_MAX, 2, STATUS_OVERLOADED);
    mem_free(looks);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { what_waits_may_pass_its_deadline, too_much_is_refused_at_once, NULL };
    return unit_run("rocksdb: readers", tests);
}
