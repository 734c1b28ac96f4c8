/* A store in a directory of its own, and operations that are waited for. For the tests of the RocksDB engine that the
 * contract cannot hold: they reopen, damage and look inside. */
#ifndef TAILRACE_TESTS_UNIT_ROCKSDB_FIXTURE_H
#define TAILRACE_TESTS_UNIT_ROCKSDB_FIXTURE_H

#include "base/memory.h"
#include "storage/rocksdb/rocksdb.h"
#include "tests/any_operation.h"
#include "tests/temporary.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct store {
    char directory[256];
    struct rocksdb_storage_options options;
    struct storage *storage;
};

/* Any operation, with what is needed to wait for it. */
struct waited {
    union {
        ANY_OPERATION;
    };
    struct storage_partition_time found;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool is_over; /* guarded by lock */
};

static inline void waited_done(void *context) {
    struct waited *waited = context;
    pthread_mutex_lock(&waited->lock);
    waited->is_over = true;
    pthread_cond_signal(&waited->over);
    pthread_mutex_unlock(&waited->lock);
}

static inline void waited_init(struct waited *waited) {
    *waited = (struct waited){ .op = { .done = waited_done, .context = waited } };
    pthread_mutex_init(&waited->lock, NULL);
    pthread_cond_init(&waited->over, NULL);
}

static inline enum status waited_status(struct waited *waited) {
    pthread_mutex_lock(&waited->lock);
    while (!waited->is_over)
        pthread_cond_wait(&waited->over, &waited->lock);
    pthread_mutex_unlock(&waited->lock);
    return waited->op.status;
}

static inline void ignore_topic(void *context, const struct storage_topic *topic, bool gone, uint64_t version) {
    (void)context;
    (void)topic;
    (void)gone;
    (void)version;
}

static inline void ignore_change(void *context, uint64_t topic_id, uint32_t partition, uint64_t next_offset) {
    (void)context;
    (void)topic_id;
    (void)partition;
    (void)next_offset;
}

static inline void store_init(struct store *store) {
    *store = (struct store){ .options = rocksdb_storage_defaults() };
    ck_assert(temporary_make("store", store->directory, sizeof store->directory));
    store->options.directory = store->directory;
    store->options.column_families = 2;
    store->options.read_threads = 1;
    store->options.free_bytes_min = 0;
}

static inline enum status store_try_open(struct store *store, char detail[STORAGE_DETAIL_BYTES]) {
    const struct storage_hooks hooks = { .on_topic = ignore_topic, .on_change = ignore_change };
    return rocksdb_storage_open(&store->options, &hooks, &store->storage, detail, STORAGE_DETAIL_BYTES);
}

static inline void store_open(struct store *store) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status status = store_try_open(store, detail);
    ck_assert_msg(status == STATUS_OK, "%s: %s", status_name(status), detail);
}

static inline void store_close(struct store *store) {
    if (store->storage != NULL)
        store->storage->ops->close(store->storage);
    store->storage = NULL;
}

static inline void store_finish(struct store *store) {
    store_close(store);
    DIR *directory = opendir(store->directory);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", store->directory, entry->d_name);
        unlink(path);
    }
    closedir(directory);
    rmdir(store->directory);
}

static inline void store_await(pid_t child) {
    int outcome;
    ck_assert_int_eq(waitpid(child, &outcome, 0), child);
    ck_assert(WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0);
}

/* Whether `check` holds in a process of its own, which then dies without closing the store. The caller may do so again
 * and again: as long as it opens no store itself, it has no threads that a fork would leave behind. */
static inline void store_in_child(struct store *store, bool (*check)(struct store *store)) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(check(store) ? 0 : 1);
    store_await(child);
}

/* Runs `work` on the store in such a process. */
static inline void store_crash(struct store *store, void (*work)(struct store *store)) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        store_open(store);
        work(store);
        _exit(0);
    }
    store_await(child);
}

static inline struct storage_settings store_settings(uint32_t partitions) {
    return (struct storage_settings){ .partitions = partitions,
                                      .max_event_bytes = 1 << 20,
                                      .ack = STORAGE_ACK_DISK,
                                      .retention_ms = STORAGE_FOR_EVER,
                                      .retention_bytes = STORAGE_FOR_EVER };
}

static inline enum status store_create(struct store *store, const char *name, uint32_t partitions, uint64_t *ret_id) {
    struct storage_settings settings = store_settings(partitions);
    struct waited waited;
    waited_init(&waited);
    waited.create.name = name;
    waited.create.settings = &settings;
    store->storage->ops->topic_create(store->storage, &waited.create);
    enum status status = waited_status(&waited);
    if (waited.create.ret_topic != NULL)
        *ret_id = waited.create.ret_topic->id;
    storage_topic_unref(waited.create.ret_topic);
    return status;
}

/* Appends one event to partition 0. */
static inline enum status store_append(struct store *store, uint64_t topic_id, const char *value, enum storage_ack ack,
                                       uint64_t *ret_offset) {
    struct storage_record record = { .timestamp_ms = STORAGE_TIME_NONE, .value = bytes_text(value) };
    struct storage_extent extent = { 0 };
    struct waited waited;
    waited_init(&waited);
    waited.append.topic_id = topic_id;
    waited.append.records = &record;
    waited.append.record_count = 1;
    waited.append.ack = ack;
    waited.append.extents = &extent;
    store->storage->ops->append(store->storage, &waited.append);
    enum status status = waited_status(&waited);
    if (status == STATUS_OK && ret_offset != NULL)
        *ret_offset = extent.first_offset;
    return status;
}

/* Of all partitions; gives how many there are. */
static inline size_t store_all_bounds(struct store *store, uint64_t topic_id,
                                      struct storage_partition_bounds ret_bounds[STORAGE_PARTITIONS_MAX]) {
    struct waited waited;
    waited_init(&waited);
    storage_bounds_ask(ret_bounds, topic_id, STORAGE_PARTITIONS_MAX);
    waited.bounds.partitions = ret_bounds;
    waited.bounds.count = STORAGE_PARTITIONS_MAX;
    store->storage->ops->bounds(store->storage, &waited.bounds);
    ck_assert_status(waited_status(&waited), STATUS_OK);
    size_t count = 0;
    while (count < STORAGE_PARTITIONS_MAX && ret_bounds[count].ret_status == STATUS_OK)
        count++;
    return count;
}

/* Of partition 0. */
static inline struct storage_partition_bounds store_bounds(struct store *store, uint64_t topic_id) {
    struct storage_partition_bounds bounds[STORAGE_PARTITIONS_MAX];
    ck_assert_uint_ge(store_all_bounds(store, topic_id, bounds), 1);
    return bounds[0];
}

/* Finds the first offset of partition 0 that was received at or after a time: waited->found.ret_offset. */
static inline enum status store_find(struct store *store, uint64_t topic_id, int64_t time_ms, struct waited *waited) {
    waited_init(waited);
    waited->found = (struct storage_partition_time){ .topic_id = topic_id };
    waited->offset_at_time.time_ms = time_ms;
    waited->offset_at_time.partitions = &waited->found;
    waited->offset_at_time.count = 1;
    store->storage->ops->offset_at_time(store->storage, &waited->offset_at_time);
    return waited_status(waited);
}

/* Reads partition 0; finish it with storage_read_finish. */
static inline enum status store_read(struct store *store, uint64_t topic_id, uint64_t offset, struct waited *waited) {
    waited_init(waited);
    waited->read.topic_id = topic_id;
    waited->read.offset = offset;
    waited->read.record_limit = 1000;
    waited->read.byte_limit = 1 << 20;
    store->storage->ops->read(store->storage, &waited->read);
    return waited_status(waited);
}

#endif
