/* An engine that runs out of memory: each allocation of each operation fails once, and once more together with those
 * behind it. What was refused is not there, what was done is, and nothing is left behind. tests/alloc has the same for
 * the whole program on the memory engine. */
#include "tests/alloc/faults.h"
#include "tests/unit/rocksdb_fixture.h"

enum { WINDOW = 12, CASES_MAX = 1000, BATCH = 3 };

static const char TOPIC[] = "t";
static const char OTHER[] = "other";
static const char GROUP[] = "readers";

struct scene {
    struct store store;
    uint64_t topic_id; /* of TOPIC, and what is there of it: */
    uint32_t partitions;
    uint64_t events; /* in partition 0; partition 1 has one for each BATCH of them */
    uint64_t committed;
};

/* While memory fails, `run` does it and looks at what comes out of it, if that is STATUS_OK; with memory again, `check`
 * looks whether it was done, and makes it possible once more. */
struct operation {
    const char *name;
    enum status (*run)(struct scene *scene);
    void (*check)(struct scene *scene, bool done);
};

static enum status delete_topic(struct scene *scene, uint64_t topic_id) {
    struct waited waited;
    waited_init(&waited);
    waited.delete.topic_id = topic_id;
    scene->store.storage->ops->topic_delete(scene->store.storage, &waited.delete);
    return waited_status(&waited);
}

/* ---- creating, growing and deleting ---- */

static enum status create(struct scene *scene) {
    uint64_t id;
    return store_create(&scene->store, OTHER, 2, &id);
}

/* One that was refused can be made, one that was made can not be made again. */
static void check_create(struct scene *scene, bool done) {
    uint64_t id = 0;
    ck_assert_status(store_create(&scene->store, OTHER, 2, &id), done ? STATUS_TOPIC_EXISTS : STATUS_OK);
    ck_assert_status(delete_topic(scene, id), STATUS_OK);
}

static enum status grow(struct scene *scene) {
    struct storage_settings settings = store_settings(scene->partitions + 1);
    struct waited waited;
    waited_init(&waited);
    waited.alter.topic_id = scene->topic_id;
    waited.alter.settings = &settings;
    waited.alter.which = STORAGE_SETTING_PARTITIONS;
    scene->store.storage->ops->topic_alter(scene->store.storage, &waited.alter);
    enum status status = waited_status(&waited);
    storage_topic_unref(waited.alter.ret_topic);
    return status;
}

static void check_grow(struct scene *scene, bool done) {
    struct storage_partition_bounds bounds[STORAGE_PARTITIONS_MAX];
    scene->partitions += done;
    ck_assert_uint_eq(store_all_bounds(&scene->store, scene->topic_id, bounds), scene->partitions);
}

static enum status delete (struct scene *scene) { return delete_topic(scene, scene->topic_id); }

/* A topic that could not be deleted has all that it had. */
static void check_delete(struct scene *scene, bool done) {
    if (done) {
        ck_assert_status(store_create(&scene->store, TOPIC, scene->partitions, &scene->topic_id), STATUS_OK);
        scene->events = scene->committed = 0;
    }
    ck_assert_uint_eq(store_bounds(&scene->store, scene->topic_id).next_offset, scene->events);
}

/* ---- events ---- */

/* A batch over two partitions, with all that an event can have. */
static enum status append(struct scene *scene) {
    static const struct storage_header header = { BYTES_LITERAL("source"), BYTES_LITERAL("shop") };
    struct storage_record records[BATCH + 1];
    struct storage_extent extents[2];
    struct waited waited;
    for (size_t i = 0; i <= BATCH; i++)
        records[i] = (struct storage_record){ .partition = i == BATCH,
                                              .timestamp_ms = (int64_t)i,
                                              .key = BYTES_LITERAL("key"),
                                              .id = BYTES_LITERAL("id"),
                                              .value = BYTES_LITERAL("{\"n\":1.10}"),
                                              .headers = &header,
                                              .header_count = 1 };
    waited_init(&waited);
    waited.append.topic_id = scene->topic_id;
    waited.append.records = records;
    waited.append.record_count = BATCH + 1;
    waited.append.ack = STORAGE_ACK_DISK;
    waited.append.extents = extents;
    scene->store.storage->ops->append(scene->store.storage, &waited.append);
    enum status status = waited_status(&waited);
    ck_assert(status != STATUS_OK || extents[0].first_offset == scene->events);
    return status;
}

static void check_append(struct scene *scene, bool done) {
    struct storage_partition_bounds bounds[STORAGE_PARTITIONS_MAX];
    scene->events += done ? BATCH : 0;
    ck_assert_uint_eq(store_all_bounds(&scene->store, scene->topic_id, bounds), scene->partitions);
    ck_assert_uint_eq(bounds[0].next_offset, scene->events);
    ck_assert_uint_eq(bounds[1].next_offset, scene->events / BATCH);
}

static void check_records(const struct scene *scene, const struct storage_read *read) {
    ck_assert_uint_eq(read->record_count, scene->events);
    ck_assert_uint_eq(read->ret_next, scene->events);
    for (size_t i = 0; i < read->record_count; i++) {
        const struct storage_record *record = &read->records[i];
        ck_assert_uint_eq(record->offset, i);
        unit_assert_bytes(record->key, "key");
        unit_assert_bytes(record->id, "id");
        unit_assert_bytes(record->value, "{\"n\":1.10}");
        ck_assert_uint_eq(record->header_count, 1);
        unit_assert_bytes(record->headers[0].value, "shop");
    }
}

static enum status read_all(struct scene *scene) {
    struct waited waited;
    enum status status = store_read(&scene->store, scene->topic_id, 0, &waited);
    if (status == STATUS_OK)
        check_records(scene, &waited.read);
    storage_read_finish(&waited.read);
    return status;
}

static enum status find_time(struct scene *scene) {
    struct waited waited;
    enum status status = store_find(&scene->store, scene->topic_id, 1, &waited);
    ck_assert(status != STATUS_OK || waited.found.ret_offset == 0);
    return status;
}

static void check_nothing(struct scene *scene, bool done) {
    (void)scene;
    (void)done;
}

/* ---- consumer groups ---- */

/* Gives the committed offset of partition 0; 0 when there is none. */
static enum status fetch_offset(struct scene *scene, uint64_t *ret_offset) {
    struct waited waited;
    waited_init(&waited);
    waited.fetch.group = GROUP;
    scene->store.storage->ops->offsets_fetch(scene->store.storage, &waited.fetch);
    enum status status = waited_status(&waited);
    *ret_offset = 0;
    if (status == STATUS_OK) {
        ck_assert_uint_eq(waited.fetch.count, 1);
        unit_assert_bytes(waited.fetch.committed[0].metadata, "by hand");
        *ret_offset = waited.fetch.committed[0].offset;
    }
    storage_offsets_fetch_finish(&waited.fetch);
    return status;
}

static void check_committed(struct scene *scene) {
    uint64_t offset;
    ck_assert_status(fetch_offset(scene, &offset), scene->committed > 0 ? STATUS_OK : STATUS_GROUP_NOT_FOUND);
    ck_assert_uint_eq(offset, scene->committed);
}

/* Never the offset that is there already. */
static uint64_t offset_to_commit(const struct scene *scene) { return scene->committed % 2 + 1; }

static enum status commit(struct scene *scene) {
    const struct storage_commit one = { .topic_id = scene->topic_id,
                                        .offset = offset_to_commit(scene),
                                        .metadata = BYTES_LITERAL("by hand") };
    struct waited waited;
    waited_init(&waited);
    waited.commit.group = GROUP;
    waited.commit.commits = &one;
    waited.commit.commit_count = 1;
    scene->store.storage->ops->offsets_commit(scene->store.storage, &waited.commit);
    return waited_status(&waited);
}

static void check_commit(struct scene *scene, bool done) {
    if (done)
        scene->committed = offset_to_commit(scene);
    check_committed(scene);
}

static enum status fetch(struct scene *scene) {
    uint64_t offset;
    enum status status = fetch_offset(scene, &offset);
    ck_assert(status != STATUS_OK || offset == scene->committed);
    return status;
}

static enum status list(struct scene *scene) {
    struct waited waited;
    waited_init(&waited);
    waited.list.prefix = "read";
    waited.list.limit = 10;
    scene->store.storage->ops->groups_list(scene->store.storage, &waited.list);
    enum status status = waited_status(&waited);
    ck_assert(status != STATUS_OK || (waited.list.count == 1 && strcmp(waited.list.names[0], GROUP) == 0));
    storage_groups_list_finish(&waited.list);
    return status;
}

static enum status forget(struct scene *scene) {
    struct waited waited;
    waited_init(&waited);
    waited.group_delete.group = GROUP;
    scene->store.storage->ops->group_delete(scene->store.storage, &waited.group_delete);
    return waited_status(&waited);
}

static void check_forget(struct scene *scene, bool done) {
    scene->committed = done ? 0 : scene->committed;
    check_committed(scene);
    if (done) {
        ck_assert_status(commit(scene), STATUS_OK);
        check_commit(scene, true);
    }
}

/* ---- all of them ---- */

static const struct operation WRITES[] = {
    { "create", create, check_create }, { "grow", grow, check_grow },       { "append", append, check_append },
    { "commit", commit, check_commit }, { "forget", forget, check_forget },
};
static const struct operation READS[] = {
    { "find", find_time, check_nothing },
    { "read", read_all, check_nothing },
    { "fetch", fetch, check_nothing },
    { "list", list, check_nothing },
};
static const struct operation DELETE = { "delete", delete, check_delete };

/* Whether the window reached an allocation. What the engine could not do must be for want of memory, and for no other
 * reason. */
static bool fail_one(struct scene *scene, const struct operation *operation, unsigned long number,
                     unsigned long window) {
    faults_arm(number, number + window - 1);
    enum status status = operation->run(scene);
    bool failed = faults_failed() > 0;
    faults_arm(0, 0);
    ck_assert_msg(status == STATUS_OK || (failed && status == STATUS_NO_MEMORY),
                  "%s, allocation %lu (and %lu behind it): %s", operation->name, number, window - 1,
                  status_name(status));
    operation->check(scene, status == STATUS_OK);
    return failed;
}

/* Gives how many allocations the operation has. */
static unsigned long fail_window(struct scene *scene, const struct operation *operation, unsigned long window) {
    unsigned long number = 1;
    while (fail_one(scene, operation, number, window) && number < CASES_MAX)
        number++;
    ck_assert_uint_lt(number, CASES_MAX);
    printf("%s: each of %lu allocations failed, and %lu behind it\n", operation->name, number - 1, window - 1);
    return number - 1;
}

/* Gives how many allocations the operation has that has fewest. */
static unsigned long fail_each(struct scene *scene, const struct operation *operations, size_t count) {
    unsigned long fewest = CASES_MAX;
    for (size_t i = 0; i < count; i++) {
        unsigned long once = fail_window(scene, &operations[i], 1);
        fail_window(scene, &operations[i], WINDOW);
        fewest = once < fewest ? once : fewest;
    }
    return fewest;
}

#define FAIL_EACH(scene, operations) fail_each(scene, operations, sizeof(operations) / sizeof(operations)[0])

/* With two partitions, a batch of events and a committed offset. */
static void scene_begin(struct scene *scene, struct faults *faults) {
    *scene = (struct scene){ .partitions = 2 };
    faults_begin(faults);
    store_init(&scene->store);
    store_open(&scene->store);
    ck_assert_status(store_create(&scene->store, TOPIC, scene->partitions, &scene->topic_id), STATUS_OK);
    ck_assert_status(append(scene), STATUS_OK);
    check_append(scene, true);
    ck_assert_status(commit(scene), STATUS_OK);
    check_commit(scene, true);
}

static void scene_end(struct scene *scene, const struct faults *faults) {
    store_finish(&scene->store);
    ck_assert_int_eq(atomic_load(&faults->blocks), 0);
}

static void reopen(struct scene *scene) {
    store_close(&scene->store);
    store_open(&scene->store);
    ck_assert_status(read_all(scene), STATUS_OK);
    check_committed(scene);
}

START_TEST(writes) {
    struct faults faults = { 0 };
    struct scene scene;
    scene_begin(&scene, &faults);
    ck_assert_uint_ge(FAIL_EACH(&scene, WRITES), 1);
    reopen(&scene);
    ck_assert_uint_ge(fail_each(&scene, &DELETE, 1), 1);
    reopen(&scene);
    scene_end(&scene, &faults);
}
END_TEST

/* From memory, and from files that nobody has read yet. */
START_TEST(reads) {
    struct faults faults = { 0 };
    struct scene scene;
    scene_begin(&scene, &faults);
    FAIL_EACH(&scene, READS);
    store_close(&scene.store);
    store_open(&scene.store);
    FAIL_EACH(&scene, READS);
    scene_end(&scene, &faults);
}
END_TEST

static bool opens(struct store *store, const struct faults *faults, unsigned long number, unsigned long window) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    faults_arm(number, number + window - 1);
    enum status status = store_try_open(store, detail);
    bool failed = faults_failed() > 0;
    faults_arm(0, 0);
    ck_assert_msg(status == STATUS_OK || (failed && status == STATUS_NO_MEMORY),
                  "allocation %lu (and %lu behind it): %s: %s", number, window - 1, status_name(status), detail);
    store_close(store);
    ck_assert_int_eq(atomic_load(&faults->blocks), 0);
    return !failed;
}

START_TEST(opening) {
    struct faults faults = { 0 };
    struct scene scene;
    scene_begin(&scene, &faults);
    store_close(&scene.store);
    for (unsigned long window = 1; window <= WINDOW; window += WINDOW - 1) {
        unsigned long number = 1;
        while (!opens(&scene.store, &faults, number, window) && number < CASES_MAX)
            number++;
        ck_assert_uint_gt(number, 10);
        ck_assert_uint_lt(number, CASES_MAX);
        printf("open: each of %lu allocations failed, and %lu behind it\n", number - 1, window - 1);
    }
    store_open(&scene.store);
    ck_assert_status(read_all(&scene), STATUS_OK);
    check_committed(&scene);
    scene_end(&scene, &faults);
}
END_TEST

int main(void) { return unit_run("rocksdb: memory", (const TTest *const[]){ writes, reads, opening, NULL }); }
