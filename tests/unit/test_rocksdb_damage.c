/* A store in which one value was changed: it is refused, or the read is, with a sentence that says what is damaged.
 * Nothing is read from it as if it were right. */
#include "storage/rocksdb/database/database.h"
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/load.h"
#include "tests/unit/rocksdb_fixture.h"

static const char COMMITTED[] = "an entry of what consumer groups have committed is damaged";

#define GARBAGE BYTES_LITERAL("\xffgarbage")

static void make_three_events(struct store *store) {
    uint64_t id = 0;
    ck_assert_status(store_create(store, "t", 1, &id), STATUS_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_status(store_append(store, id, "1", STORAGE_ACK_DISK, NULL), STATUS_OK);
}

static uint64_t topic_id(struct store *store) {
    uint64_t id = 0;
    ck_assert_status(store_create(store, "t", 1, &id), STATUS_TOPIC_EXISTS);
    return id;
}

/* A closed store with three events at the offsets 0, 1 and 2; gives the id of their topic. */
static uint64_t store_with_events(struct store *store) {
    store_init(store);
    store_open(store);
    make_three_events(store);
    uint64_t id = topic_id(store);
    store_close(store);
    return id;
}

enum family { CATALOG, OFFSETS, LOG };

static rocksdb_column_family_handle_t *family_of(struct database *database, enum family family) {
    switch (family) {
    case CATALOG: return database->catalog;
    case OFFSETS: return database->offsets;
    case LOG: return database->slots[0];
    }
    return NULL;
}

/* Puts a value, or removes it: value.data == NULL. */
static void change(struct store *store, enum family family, struct key key, struct bytes value) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    struct database database;
    ck_assert_status(database_open(&store->options, &database, detail), STATUS_OK);
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    if (value.data == NULL)
        write_delete(batch, family_of(&database, family), &key);
    else
        write_put(batch, family_of(&database, family), &key, value);
    ck_assert_status(database_write(&database, database.synced, batch, detail), STATUS_OK);
    database_close(&database);
}

static void expect_refused(struct store *store, enum status want, const char *sentence) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    ck_assert_status(store_try_open(store, detail), want);
    ck_assert_msg(strstr(detail, sentence) != NULL, "<%s> does not say <%s>", detail, sentence);
}

static void check_refused(enum family family, struct key key, struct bytes value, enum status want,
                          const char *sentence) {
    struct store store;
    store_with_events(&store);
    change(&store, family, key, value);
    expect_refused(&store, want, sentence);
    store_finish(&store);
}

START_TEST(numbers_of_the_catalogue) {
    static const enum catalog_key kinds[] = { CATALOG_FORMAT, CATALOG_VERSION, CATALOG_NEXT_PARTITION };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        check_refused(CATALOG, key_catalog(kinds[i]), GARBAGE, STATUS_CORRUPT, "a number is malformed");
    check_refused(CATALOG, key_catalog(CATALOG_FORMAT), BYTES_NONE, STATUS_CORRUPT, "the format version is missing");
    check_refused(CATALOG, key_catalog(CATALOG_VERSION), BYTES_NONE, STATUS_CORRUPT, "a counter is missing");
    struct value value = value_u64(UINT64_C(1) << 32);
    check_refused(CATALOG, key_catalog(CATALOG_NEXT_PARTITION), value_bytes(&value), STATUS_CORRUPT, "a partition id");
    value = value_u64(0);
    check_refused(CATALOG, key_catalog(CATALOG_NEXT_PARTITION), value_bytes(&value), STATUS_CORRUPT,
                  "a partition refers to an unknown column family");
}
END_TEST

START_TEST(topics_of_the_catalogue) {
    struct key no_topic = key_catalog(CATALOG_TOPIC);
    check_refused(CATALOG, no_topic, GARBAGE, STATUS_CORRUPT, "a topic's key");
    struct key topic = key_catalog_topic(12345);
    check_refused(CATALOG, topic, BYTES_LITERAL("\x01garbage"), STATUS_CORRUPT, "a topic");
    check_refused(CATALOG, topic, BYTES_LITERAL(""), STATUS_CORRUPT, "a topic");
    check_refused(CATALOG, topic, BYTES_LITERAL("\x02"), STATUS_NEWER_FORMAT, "a newer version");
}
END_TEST

START_TEST(limits_of_partitions) {
    static const enum catalog_key kinds[] = { CATALOG_FIRST, CATALOG_FLOOR, CATALOG_CEILING };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        check_refused(CATALOG, key_catalog_partition(kinds[i], 0), GARBAGE, STATUS_CORRUPT,
                      "what the catalogue says of partition id 0");
}
END_TEST

START_TEST(the_last_record_batch) {
    check_refused(LOG, key_log(0, 2), GARBAGE, STATUS_CORRUPT, "the last record batch of partition id 0");
}
END_TEST

START_TEST(a_first_offset_holds) {
    struct store store;
    uint64_t id = store_with_events(&store);
    struct value value = { .size = 1 + 8 + 8, .data = { VALUE_VERSION } };
    put_be64(value.data + 1, 2);
    change(&store, CATALOG, key_catalog_partition(CATALOG_FIRST, 0), value_bytes(&value));
    store_open(&store);
    ck_assert_uint_eq(store_bounds(&store, id).first_offset, 2);
    struct waited read;
    ck_assert_status(store_read(&store, id, 1, &read), STATUS_OFFSET_GONE);
    ck_assert_uint_eq(read.read.ret_first, 2);
    ck_assert_status(store_read(&store, id, 2, &read), STATUS_OK);
    ck_assert_uint_eq(read.read.record_count, 1);
    storage_read_finish(&read.read);
    store_finish(&store);
}
END_TEST

static void expect_detail(struct waited *waited, enum status want, const char *sentence) {
    ck_assert_status(waited_status(waited), want);
    ck_assert_msg(strstr(waited->op.detail, sentence) != NULL, "<%s> does not say <%s>", waited->op.detail, sentence);
}

START_TEST(a_record_batch_in_the_middle) {
    struct store store;
    uint64_t id = store_with_events(&store);
    change(&store, LOG, key_log(0, 1), GARBAGE);
    store_open(&store);
    struct waited waited;
    store_read(&store, id, 1, &waited);
    expect_detail(&waited, STATUS_CORRUPT, "a record batch of partition 0");
    storage_read_finish(&waited.read);
    ck_assert_status(store_read(&store, id, 2, &waited), STATUS_OK);
    ck_assert_uint_eq(waited.read.record_count, 1);
    storage_read_finish(&waited.read);
    store_find(&store, id, INT64_MAX - 1, &waited);
    expect_detail(&waited, STATUS_CORRUPT, "a record batch of partition 0");
    ck_assert_status(store_append(&store, id, "2", STORAGE_ACK_DISK, NULL), STATUS_OK);
    store_finish(&store);
}
END_TEST

/* A batch that was taken away leaves no hole that a power cut could have left. */
START_TEST(a_batch_that_is_missing) {
    static const char MISSING[] = "record batches of partition 0 (id 0) are missing from offset 1 on";
    struct store store;
    uint64_t id = store_with_events(&store);
    change(&store, LOG, key_log(0, 1), BYTES_NONE);
    store_open(&store);
    for (int i = 0; i < 2; i++) { /* from the disk, then from memory */
        struct waited waited;
        ck_assert_status(store_read(&store, id, 0, &waited), STATUS_OK); /* up to there */
        ck_assert_uint_eq(waited.read.record_count, 1);
        ck_assert_uint_eq(waited.read.ret_next, 1);
        storage_read_finish(&waited.read);
        store_read(&store, id, 1, &waited);
        expect_detail(&waited, STATUS_CORRUPT, MISSING);
        storage_read_finish(&waited.read);
        ck_assert_status(store_read(&store, id, 2, &waited), STATUS_OK);
        ck_assert_uint_eq(waited.read.record_count, 1);
        storage_read_finish(&waited.read);
        store_find(&store, id, INT64_MAX - 1, &waited);
        expect_detail(&waited, STATUS_CORRUPT, MISSING);
    }
    store_finish(&store);
}
END_TEST

START_TEST(what_a_group_has_committed) {
    struct store store;
    uint64_t id = store_with_events(&store);
    change(&store, OFFSETS, key_offsets("g", id, 0), GARBAGE);
    store_open(&store);
    struct waited waited;
    waited_init(&waited);
    waited.fetch.group = "g";
    store.storage->ops->offsets_fetch(store.storage, &waited.fetch);
    expect_detail(&waited, STATUS_CORRUPT, COMMITTED);
    struct storage_commit commit = { .topic_id = id, .has_expected = true };
    waited_init(&waited);
    waited.commit.group = "g";
    waited.commit.commits = &commit;
    waited.commit.commit_count = 1;
    store.storage->ops->offsets_commit(store.storage, &waited.commit);
    expect_detail(&waited, STATUS_CORRUPT, COMMITTED);
    store_finish(&store);
}
END_TEST

START_TEST(the_name_of_a_group) {
    struct store store;
    uint64_t id = store_with_events(&store);
    change(&store, OFFSETS, (struct key){ .size = 3, .data = "g\0!" }, BYTES_LITERAL("?"));
    store_open(&store);
    struct waited waited;
    waited_init(&waited);
    waited.list.prefix = "";
    waited.list.limit = 10;
    store.storage->ops->groups_list(store.storage, &waited.list);
    expect_detail(&waited, STATUS_CORRUPT, COMMITTED);
    waited_init(&waited);
    waited.group_delete.group = "g";
    store.storage->ops->group_delete(store.storage, &waited.group_delete);
    expect_detail(&waited, STATUS_CORRUPT, COMMITTED);
    waited_init(&waited); /* nobody can tell whose that was: no reason to keep a topic */
    waited.delete.topic_id = id;
    store.storage->ops->topic_delete(store.storage, &waited.delete);
    ck_assert_status(waited_status(&waited), STATUS_OK);
    store_finish(&store);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { numbers_of_the_catalogue,     topics_of_the_catalogue,
                                   limits_of_partitions,         the_last_record_batch,
                                   a_first_offset_holds,         a_batch_that_is_missing,
                                   a_record_batch_in_the_middle, what_a_group_has_committed,
                                   the_name_of_a_group,          NULL };
    return unit_run("rocksdb: damage", tests);
}
