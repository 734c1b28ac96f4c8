/* What groups committed for a topic that is gone: removed from the disk, also when the process ends in between. */
#include "storage/rocksdb/database/database.h"
#include "storage/rocksdb/database/scan.h"
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/offsets/committed.h"
#include "tests/unit/rocksdb_fixture.h"

#include <time.h>

enum { GONE_ID = 999, OFFSETS = 1000, CHECKS_MAX = 1000 };

static void open_raw(struct store *store, struct database *database) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    ck_assert_status(database_open(&store->options, database, detail), STATUS_OK);
}

static size_t count_keys(const struct database *database, rocksdb_column_family_handle_t *family, struct key lower,
                         struct key upper) {
    autoscan struct scan scan = { 0 };
    scan_open(&scan, database, family, lower, upper, SCAN_DISK);
    size_t count = 0;
    for (scan_seek(&scan, &lower); scan_valid(&scan); scan_next(&scan))
        count++;
    return count;
}

struct left {
    size_t offsets;
    size_t marks;
};

static struct left left_on_disk(struct store *store) {
    struct database database;
    open_raw(store, &database);
    struct left left = {
        .offsets = count_keys(&database, database.offsets, key_offsets_prefix(""), key_offsets_last()),
        .marks = count_keys(&database, database.catalog, key_catalog(CATALOG_FORGOTTEN),
                            key_catalog(CATALOG_FORGOTTEN + 1)),
    };
    database_close(&database);
    return left;
}

/* Opens the store for a moment, again and again, until no mark is left; gives what lies there then. */
static struct left left_at_the_end(struct store *store) {
    struct left left = { .marks = 1 };
    for (int i = 0; left.marks > 0 && i < CHECKS_MAX; i++) {
        store_open(store);
        nanosleep(&(struct timespec){ .tv_nsec = i * 1000000 }, NULL);
        store_close(store);
        left = left_on_disk(store);
    }
    return left;
}

static void put_offsets(const struct database *database, rocksdb_writebatch_t *batch, const char *group, uint64_t id) {
    autobuffer struct buffer value = { 0 };
    const struct committed committed = { .offset = 1 };
    committed_encode(&committed, &value);
    for (uint32_t i = 0; i < OFFSETS; i++) {
        struct key key = key_offsets(group, id, i);
        write_put(batch, database->offsets, &key, buffer_bytes(&value));
    }
}

/* As a process leaves it that ended between the deletion and what follows. */
static void leave_marked(struct store *store, uint64_t kept_id) {
    struct database database;
    open_raw(store, &database);
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    put_offsets(&database, batch, "both", kept_id);
    put_offsets(&database, batch, "both", GONE_ID);
    put_offsets(&database, batch, "gone", GONE_ID);
    struct key damaged = { .size = 3, .data = "g\0!" }; /* a key that nobody can read is no reason to stop */
    write_put(batch, database.offsets, &damaged, BYTES_LITERAL("?"));
    struct key key = key_catalog_forgotten(GONE_ID);
    struct value mark = value_u64(1);
    write_put(batch, database.catalog, &key, value_bytes(&mark));
    char detail[STORAGE_DETAIL_BYTES] = "";
    ck_assert_status(database_write(&database, database.synced, batch, detail), STATUS_OK);
    database_close(&database);
}

static size_t fetched(struct store *store, const char *group) {
    struct waited fetch;
    waited_init(&fetch);
    fetch.fetch.group = group;
    store->storage->ops->offsets_fetch(store->storage, &fetch.fetch);
    enum status status = waited_status(&fetch);
    size_t count = fetch.fetch.count;
    storage_offsets_fetch_finish(&fetch.fetch);
    ck_assert(status == (count > 0 ? STATUS_OK : STATUS_GROUP_NOT_FOUND));
    return count;
}

START_TEST(goes_on_at_the_next_start) {
    struct store store;
    store_init(&store);
    store_open(&store);
    uint64_t kept = 0;
    ck_assert_status(store_create(&store, "kept", 1, &kept), STATUS_OK);
    store_close(&store);
    leave_marked(&store, kept);

    store_open(&store);
    ck_assert_uint_eq(fetched(&store, "gone"), 0);
    ck_assert_uint_eq(fetched(&store, "both"), OFFSETS);
    store_close(&store);
    struct left left = left_at_the_end(&store);
    ck_assert_uint_eq(left.marks, 0);
    ck_assert_uint_eq(left.offsets, OFFSETS + 1);
    store_open(&store);
    ck_assert_uint_eq(fetched(&store, "both"), OFFSETS);
    store_finish(&store);
}
END_TEST

static void commit_and_delete(struct store *store) {
    enum { PARTITIONS = 64, GROUPS = 20 };
    uint64_t id = 0;
    ck_assert_status(store_create(store, "t", PARTITIONS, &id), STATUS_OK);
    struct storage_commit commits[PARTITIONS];
    for (uint32_t i = 0; i < PARTITIONS; i++)
        commits[i] = (struct storage_commit){ .topic_id = id, .partition = i };
    for (int i = 0; i < GROUPS; i++) {
        char group[8];
        snprintf(group, sizeof group, "g%d", i);
        struct waited commit;
        waited_init(&commit);
        commit.commit.group = group;
        commit.commit.commits = commits;
        commit.commit.commit_count = PARTITIONS;
        store->storage->ops->offsets_commit(store->storage, &commit.commit);
        ck_assert_status(waited_status(&commit), STATUS_OK);
    }
    struct waited deletion;
    waited_init(&deletion);
    deletion.delete.topic_id = id;
    store->storage->ops->topic_delete(store->storage, &deletion.delete);
    ck_assert_status(waited_status(&deletion), STATUS_OK);
}

static void check_nothing_left(struct store *store) {
    struct left left = left_at_the_end(store);
    ck_assert_uint_eq(left.marks, 0);
    ck_assert_uint_eq(left.offsets, 0);
    store_finish(store);
}

START_TEST(leaves_nothing_behind_a_process_that_dies_at_once) {
    struct store store;
    store_init(&store);
    store_crash(&store, commit_and_delete);
    check_nothing_left(&store);
}
END_TEST

START_TEST(leaves_nothing_behind_a_close_at_once) {
    struct store store;
    store_init(&store);
    store_open(&store);
    commit_and_delete(&store);
    store_close(&store);
    check_nothing_left(&store);
}
END_TEST

/* Not at the next start: while the engine runs, soon. */
START_TEST(removes_while_the_engine_runs) {
    struct left left = { .marks = 1 };
    for (long pause_ms = 10; left.marks > 0 && pause_ms < 10000; pause_ms *= 4) {
        struct store store;
        store_init(&store);
        store_open(&store);
        commit_and_delete(&store);
        nanosleep(&(struct timespec){ .tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000 }, NULL);
        store_close(&store);
        left = left_on_disk(&store);
        store_finish(&store);
    }
    ck_assert_uint_eq(left.marks, 0);
    ck_assert_uint_eq(left.offsets, 0);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { goes_on_at_the_next_start, leaves_nothing_behind_a_process_that_dies_at_once,
                                   leaves_nothing_behind_a_close_at_once, removes_while_the_engine_runs, NULL };
    return unit_run("rocksdb: forgetter", tests);
}
