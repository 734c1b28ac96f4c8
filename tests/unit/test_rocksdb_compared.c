/* What commits are compared with: true at each moment of 100,000 seeded schedules; and so the committer, who holds the commit lock,
 * never looks into the database. */
#include "storage/rocksdb/engine.h"
#include "tests/unit/rocksdb_fixture.h"

#include <stdatomic.h>

/* ---- the table, with a disk of the test's own ------------------------------------------------------------------- */

enum { SCHEDULES = 100000, STEPS = 40, KEYS = 3, WAITERS = 4, STAGED_MAX = 8, TOPIC = 7 };

/* A commit that waits: it has taken an entry, read the disk, filled the entry in. Then it is queued, and compared in a group that
 * begins later. */
struct waiter {
    enum { IDLE, TAKEN, READ, FILLED } state;
    struct compared *compared;
    uint32_t key;
    struct compared_value read;
    uint64_t filled_in; /* the number of the last group that had begun */
};

/* The write of a group goes through these; only while it gathers does anybody compare. */
enum write_state { GATHERS, WRITTEN, FAILED };

struct schedule {
    uint64_t random;
    struct compared_table table;
    struct compared_value disk[KEYS];
    struct waiter waiters[WAITERS];
    struct staged {
        uint32_t key;
        struct compared_value value;
    } staged[STAGED_MAX];
    size_t staged_count;
    size_t told; /* of them, since the write */
    enum write_state state;
    uint64_t group;  /* how many have begun */
    size_t compared; /* how often something known was held to the truth */
};

static uint32_t draw(struct schedule *schedule, uint32_t below) {
    schedule->random = schedule->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(schedule->random >> 33) % below;
}

static struct compared_value truth(const struct schedule *schedule, uint32_t key) {
    for (size_t i = schedule->staged_count; i-- > 0;)
        if (schedule->staged[i].key == key)
            return schedule->staged[i].value;
    return schedule->disk[key];
}

static void compare(struct schedule *schedule, const struct waiter *waiter) {
    struct compared_value value;
    if (compared_get(waiter->compared, &value) != COMPARED_KNOWN)
        return;
    struct compared_value wanted = truth(schedule, waiter->key);
    unit_assert_quietly(value.is_there == wanted.is_there && value.offset == wanted.offset);
    schedule->compared++;
}

static void move_waiter(struct schedule *schedule) {
    struct waiter *waiter = &schedule->waiters[draw(schedule, WAITERS)];
    switch (waiter->state) {
    case IDLE:
        waiter->key = draw(schedule, KEYS);
        waiter->compared = compared_take(&schedule->table, "g", TOPIC, waiter->key);
        unit_assert_quietly(waiter->compared != NULL);
        waiter->state = TAKEN;
        break;
    case TAKEN:
        waiter->read = schedule->disk[waiter->key];
        waiter->state = READ;
        break;
    case READ:
        compared_fill(waiter->compared, waiter->read);
        waiter->filled_in = schedule->group;
        waiter->state = FILLED;
        break;
    case FILLED:
        if (schedule->state == GATHERS && (schedule->staged_count == 0 || schedule->group > waiter->filled_in))
            compare(schedule, waiter);
        if (draw(schedule, 3) > 0)
            break;
        compared_release(waiter->compared);
        waiter->state = IDLE;
        break;
    }
}

static void move_write(struct schedule *schedule) {
    if (schedule->state != GATHERS) { /* tells of one more */
        const struct staged *staged = &schedule->staged[schedule->told++];
        if (schedule->state == WRITTEN)
            compared_put(&schedule->table, "g", TOPIC, staged->key, staged->value);
        else
            compared_lose(&schedule->table, "g", TOPIC, staged->key);
        if (schedule->told == schedule->staged_count) {
            schedule->state = GATHERS;
            schedule->staged_count = schedule->told = 0;
        }
    } else if (schedule->staged_count < STAGED_MAX && draw(schedule, 3) > 0) {
        struct staged staged = { draw(schedule, KEYS), { draw(schedule, 4) > 0, draw(schedule, 100) } };
        schedule->group += schedule->staged_count == 0;
        schedule->staged[schedule->staged_count++] = staged;
        compared_put(&schedule->table, "g", TOPIC, staged.key, staged.value);
    } else if (schedule->staged_count > 0) {
        schedule->state = draw(schedule, 4) > 0 ? WRITTEN : FAILED;
        for (size_t i = 0; i < schedule->staged_count && schedule->state == WRITTEN; i++)
            schedule->disk[schedule->staged[i].key] = schedule->staged[i].value;
    }
}

START_TEST(is_true_in_every_order) {
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        struct schedule schedule = { .random = seed * UINT64_C(0x9e3779b97f4a7c15) };
        compared_init(&schedule.table);
        for (int i = 0; i < STEPS; i++) {
            if (draw(&schedule, 2) > 0)
                move_waiter(&schedule);
            else
                move_write(&schedule);
        }
        for (size_t i = 0; i < WAITERS; i++)
            if (schedule.waiters[i].state != IDLE)
                compared_release(schedule.waiters[i].compared);
        compared_finish(&schedule.table);
        compared += schedule.compared;
    }
    ck_assert_uint_gt(compared, SCHEDULES);
}
END_TEST

START_TEST(finds_each_of_many) {
    enum { MANY = 10000 };
    struct compared_table table;
    compared_init(&table);
    struct compared **taken = mem_zero(MANY, sizeof(struct compared *));
    for (uint32_t i = 0; i < MANY; i++)
        taken[i] = compared_take(&table, i % 2 > 0 ? "odd" : "even", TOPIC, i / 2);
    for (uint32_t i = 0; i < MANY; i++)
        compared_put(&table, i % 2 > 0 ? "odd" : "even", TOPIC, i / 2, (struct compared_value){ true, i });
    compared_put(&table, "odd", TOPIC + 1, 0, (struct compared_value){ true, 77 });
    compared_lose(&table, "other", TOPIC, 0);
    for (uint32_t i = 0; i < MANY; i++) {
        struct compared_value value;
        ck_assert_int_eq(compared_get(taken[i], &value), COMPARED_KNOWN);
        ck_assert(value.is_there && value.offset == i);
        compared_release(taken[i]);
    }
    mem_free(taken);
    compared_finish(&table);
}
END_TEST

/* ---- the engine ------------------------------------------------------------------------------------------------- */

enum { TOPICS = 4, PARTITIONS = 1000, WORKS = 24 };

/* Linked with --wrap: looks into the database that the committer makes, under the commit lock. */
static _Atomic(struct engine *) watched;
static atomic_size_t looks;
static atomic_size_t committer_looks;

static void count_look(void) {
    atomic_fetch_add(&looks, 1);
    struct engine *engine = atomic_load(&watched);
    if (engine != NULL && pthread_equal(pthread_self(), engine->committer.thread))
        atomic_fetch_add(&committer_looks, 1);
}

typeof(database_get) __real_database_get;
typeof(database_get) __wrap_database_get;
typeof(scan_open) __real_scan_open;
typeof(scan_open) __wrap_scan_open;

enum status __wrap_database_get(const struct database *database, rocksdb_column_family_handle_t *family,
                                const struct key *key, struct buffer *value, bool *ret_found,
                                char detail[STORAGE_DETAIL_BYTES]) {
    count_look();
    return __real_database_get(database, family, key, value, ret_found, detail);
}

void __wrap_scan_open(struct scan *scan, const struct database *database, rocksdb_column_family_handle_t *family,
                      struct key lower, struct key upper, enum scan_mode mode) {
    count_look();
    __real_scan_open(scan, database, family, lower, upper, mode);
}

static void watch_committer(struct store *store) {
    atomic_store(&watched, (struct engine *)store->storage);
    atomic_store(&looks, 0);
    atomic_store(&committer_looks, 0);
}

/* Some commits of all partitions at once. */
static void commit_all(struct store *store, const uint64_t topic_ids[TOPICS], bool compares) {
    static struct storage_commit commits[PARTITIONS];
    static struct waited waited[WORKS];
    for (uint32_t i = 0; i < PARTITIONS; i++)
        commits[i] = (struct storage_commit){ .topic_id = topic_ids[i % TOPICS],
                                              .partition = i / TOPICS,
                                              .has_expected = compares };
    for (size_t i = 0; i < WORKS; i++) {
        waited_init(&waited[i]);
        waited[i].commit.group = "g";
        waited[i].commit.commits = commits;
        waited[i].commit.commit_count = PARTITIONS;
        store->storage->ops->offsets_commit(store->storage, &waited[i].commit);
    }
    for (size_t i = 0; i < WORKS; i++)
        ck_assert_status(waited_status(&waited[i]), STATUS_OK);
}

static enum status forget(struct store *store, uint64_t topic_id) {
    struct waited waited;
    waited_init(&waited);
    waited.group_delete.group = "g";
    waited.group_delete.topic_id = topic_id;
    store->storage->ops->group_delete(store->storage, &waited.group_delete);
    return waited_status(&waited);
}

START_TEST(the_committer_never_looks) {
    struct store store;
    store_init(&store);
    store_open(&store);
    uint64_t ids[TOPICS];
    for (int i = 0; i < TOPICS; i++)
        ck_assert_status(store_create(&store, (const char[]){ (char)('a' + i), '\0' }, PARTITIONS / TOPICS, &ids[i]),
                         STATUS_OK);
    commit_all(&store, ids, false);
    watch_committer(&store);
    commit_all(&store, ids, true);
    ck_assert_status(forget(&store, ids[0]), STATUS_OK);
    ck_assert_status(forget(&store, ids[0]), STATUS_GROUP_NOT_FOUND);
    ck_assert_status(forget(&store, 0), STATUS_OK);
    ck_assert_status(forget(&store, 0), STATUS_GROUP_NOT_FOUND);
    ck_assert_uint_ge(atomic_load(&looks), PARTITIONS);
    ck_assert_uint_eq(atomic_load(&committer_looks), 0);
    atomic_store(&watched, NULL);
    store_finish(&store);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { is_true_in_every_order, finds_each_of_many, the_committer_never_looks, NULL };
    return unit_run("rocksdb compared", tests);
}
