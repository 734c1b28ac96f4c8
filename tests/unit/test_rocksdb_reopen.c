/* What the store is after it was closed, killed, or opened by the wrong one. */
#include "storage/rocksdb/database/database.h"
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/load.h"
#include "tests/unit/rocksdb_fixture.h"

enum { CEILING = 1000000 };

static void create_and_append_three(struct store *store, enum storage_ack ack) {
    uint64_t id = 0;
    ck_assert_status(store_create(store, "t", 1, &id), STATUS_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_status(store_append(store, id, "1", ack, NULL), STATUS_OK);
}

static void append_to_disk(struct store *store) { create_and_append_three(store, STORAGE_ACK_DISK); }

static void append_to_os(struct store *store) { create_and_append_three(store, STORAGE_ACK_OS); }

static uint64_t topic_id(struct store *store) {
    uint64_t id = 0;
    ck_assert_status(store_create(store, "t", 1, &id), STATUS_TOPIC_EXISTS);
    return id;
}

static uint64_t next_offset(struct store *store) { return store_bounds(store, topic_id(store)).next_offset; }

/* A new store, opened in this boot of the machine after a process has done the work in boot "one" and died. */
static void store_open_crashed(struct store *store, void (*work)(struct store *store), const char *boot_id) {
    store_init(store);
    store->options.boot_id = "one";
    store_crash(store, work);
    store->options.boot_id = boot_id;
    store_open(store);
}

static void store_reopen(struct store *store, uint64_t free_bytes_min) {
    store_close(store);
    store->options.free_bytes_min = free_bytes_min;
    store_open(store);
}

START_TEST(keeps_offsets_and_bytes) {
    struct store store;
    store_init(&store);
    store_open(&store);
    append_to_disk(&store);
    struct storage_partition_bounds before = store_bounds(&store, topic_id(&store));
    store_close(&store);
    store_open(&store);
    struct storage_partition_bounds after = store_bounds(&store, topic_id(&store));
    ck_assert_uint_eq(after.next_offset, 3);
    ck_assert_uint_gt(after.bytes, 0);
    ck_assert_uint_eq(after.bytes, before.bytes);
    store_finish(&store);
}
END_TEST

/* Cold: the records come from the disk, by way of the pool. */
START_TEST(reads_what_lies_on_the_disk) {
    struct store store;
    store_init(&store);
    store_crash(&store, append_to_os);
    store_open(&store); /* recovery writes tables */
    struct waited read;
    ck_assert_status(store_read(&store, topic_id(&store), 1, &read), STATUS_OK);
    ck_assert_uint_eq(read.read.record_count, 2);
    ck_assert_uint_eq(read.read.records[1].offset, 2);
    ck_assert_uint_eq(read.read.ret_next, 3);
    storage_read_finish(&read.read);
    store_finish(&store);
}
END_TEST

START_TEST(goes_on_after_the_death_of_the_process) {
    struct store store;
    store_open_crashed(&store, append_to_os, "one");
    ck_assert_uint_eq(next_offset(&store), 3);
    store_finish(&store);
}
END_TEST

START_TEST(goes_on_at_the_ceiling_after_the_death_of_the_machine) {
    struct store store;
    store_open_crashed(&store, append_to_os, "two");
    uint64_t next = next_offset(&store);
    ck_assert_uint_ge(next, CEILING);
    struct waited read; /* behind the last record is a hole up to the head */
    ck_assert_status(store_read(&store, topic_id(&store), 3, &read), STATUS_OK);
    ck_assert_uint_eq(read.read.record_count, 0);
    ck_assert_uint_eq(read.read.ret_next, next);
    store_close(&store);
    store_open(&store);
    ck_assert_uint_eq(next_offset(&store), next);
    uint64_t offset;
    ck_assert_status(store_append(&store, topic_id(&store), "2", STORAGE_ACK_DISK, &offset), STATUS_OK);
    ck_assert_uint_eq(offset, next);
    ck_assert_status(store_read(&store, topic_id(&store), 2, &read), STATUS_OK); /* over the hole */
    ck_assert_uint_eq(read.read.record_count, 2);
    ck_assert_uint_eq(read.read.records[1].offset, next);
    storage_read_finish(&read.read);
    store_finish(&store);
}
END_TEST

START_TEST(leaves_no_hole_where_all_was_synced_or_closed) {
    struct store store;
    store_open_crashed(&store, append_to_disk, "two");
    ck_assert_uint_eq(next_offset(&store), 3);
    ck_assert_status(store_append(&store, topic_id(&store), "1", STORAGE_ACK_OS, NULL), STATUS_OK);
    store_close(&store);
    store.options.boot_id = "three";
    store_open(&store);
    ck_assert_uint_eq(next_offset(&store), 4);
    store_finish(&store);
}
END_TEST

START_TEST(refuses_a_newer_format) {
    struct store store;
    store_init(&store);
    store_open(&store);
    store_close(&store);
    char detail[STORAGE_DETAIL_BYTES] = "";
    struct database database;
    ck_assert_status(database_open(&store.options, &database, detail), STATUS_OK);
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct key key = key_catalog(CATALOG_FORMAT);
    struct value value = value_u64(FORMAT_VERSION + 1);
    write_put(batch, database.catalog, &key, value_bytes(&value));
    ck_assert_status(database_write(&database, database.synced, batch, detail), STATUS_OK);
    database_close(&database);
    ck_assert_status(store_try_open(&store, detail), STATUS_NEWER_FORMAT);
    ck_assert_ptr_nonnull(strstr(detail, "newer"));
    store_finish(&store);
}
END_TEST

START_TEST(refuses_a_second_owner) {
    struct store store;
    store_init(&store);
    store_open(&store);
    struct store second = store;
    char detail[STORAGE_DETAIL_BYTES] = "";
    ck_assert_status(store_try_open(&second, detail), STATUS_LOCKED);
    store_finish(&store);
}
END_TEST

START_TEST(keeps_more_families_than_are_asked_for) {
    struct store store;
    store_init(&store);
    store.options.column_families = 5;
    store_open(&store);
    uint64_t id = 0;
    ck_assert_status(store_create(&store, "t", 5, &id), STATUS_OK);
    store_close(&store);
    store.options.column_families = 1;
    store_open(&store);
    ck_assert_status(store_append(&store, topic_id(&store), "1", STORAGE_ACK_DISK, NULL), STATUS_OK);
    store_finish(&store);
}
END_TEST

START_TEST(answers_disk_full_and_lets_topics_be_deleted) {
    struct store store;
    store_init(&store);
    store_open(&store);
    append_to_disk(&store);
    store_reopen(&store, UINT64_MAX);
    uint64_t id = 0;
    ck_assert_status(store_create(&store, "u", 1, &id), STATUS_DISK_FULL);
    char detail[STORAGE_DETAIL_BYTES];
    ck_assert_status(store.storage->ops->health(store.storage, detail, sizeof detail), STATUS_DISK_FULL);
    ck_assert_uint_gt(strlen(detail), 0);
    store_reopen(&store, 0);
    id = topic_id(&store);
    store_reopen(&store, UINT64_MAX);
    ck_assert_status(store_append(&store, id, "1", STORAGE_ACK_OS, NULL), STATUS_DISK_FULL);
    ck_assert_status(store_append(&store, id, "1", STORAGE_ACK_DISK, NULL), STATUS_DISK_FULL);
    struct waited read;
    ck_assert_status(store_read(&store, id, 0, &read), STATUS_OK);
    ck_assert_uint_eq(read.read.record_count, 3);
    storage_read_finish(&read.read);
    struct waited deletion;
    waited_init(&deletion);
    deletion.delete.topic_id = id;
    store.storage->ops->topic_delete(store.storage, &deletion.delete);
    ck_assert_status(waited_status(&deletion), STATUS_OK);
    store_finish(&store);
}
END_TEST

START_TEST(takes_two_thousand_partitions) {
    struct store store;
    store_init(&store);
    store_open(&store);
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        uint64_t id = 0;
        ck_assert_status(store_create(&store, name, 250, &id), STATUS_OK);
        ck_assert_status(store_append(&store, id, "1", STORAGE_ACK_DISK, NULL), STATUS_OK);
    }
    store_close(&store);
    store_open(&store);
    uint64_t id = 0;
    ck_assert_status(store_create(&store, "t7", 1, &id), STATUS_TOPIC_EXISTS);
    ck_assert_uint_eq(store_bounds(&store, id).next_offset, 1);
    store_finish(&store);
}
END_TEST

/* The child holds the store until the pipe to it is closed. */
START_TEST(refuses_a_second_process) {
    struct store store;
    store_init(&store);
    int to_child[2], from_child[2];
    ck_assert_int_eq(pipe(to_child), 0);
    ck_assert_int_eq(pipe(from_child), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    char byte = 0;
    if (child == 0) {
        close(to_child[1]);
        store_open(&store);
        bool told = write(from_child[1], &byte, 1) == 1;
        _exit(told && read(to_child[0], &byte, 1) == 0 ? 0 : 1);
    }
    ck_assert_int_eq(read(from_child[0], &byte, 1), 1);
    char detail[STORAGE_DETAIL_BYTES] = "";
    ck_assert_status(store_try_open(&store, detail), STATUS_LOCKED);
    close(to_child[1]);
    int outcome;
    ck_assert_int_eq(waitpid(child, &outcome, 0), child);
    ck_assert(WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0);
    close(to_child[0]);
    close(from_child[0]);
    close(from_child[1]);
    store_finish(&store);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { keeps_offsets_and_bytes,
                                   reads_what_lies_on_the_disk,
                                   goes_on_after_the_death_of_the_process,
                                   goes_on_at_the_ceiling_after_the_death_of_the_machine,
                                   leaves_no_hole_where_all_was_synced_or_closed,
                                   refuses_a_newer_format,
                                   refuses_a_second_owner,
                                   refuses_a_second_process,
                                   keeps_more_families_than_are_asked_for,
                                   answers_disk_full_and_lets_topics_be_deleted,
                                   takes_two_thousand_partitions,
                                   NULL };
    return unit_run("rocksdb: reopen", tests);
}
