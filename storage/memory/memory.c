/* The memory engine: opening, closing, and the table of operations. */
#include "storage/memory/memory.h"

#include "base/memory.h"
#include "storage/memory/engine.h"

#include <stdio.h>

static enum status memory_watch(struct storage *storage, uint64_t topic_id, uint32_t partition) {
    struct memory_storage *engine = memory_engine(storage);
    struct memory_partition *watched;
    pthread_mutex_lock(&engine->lock);
    enum status status = memory_partition_find(engine, topic_id, partition, &watched);
    bool begins = status == STATUS_OK && watched->watchers++ == 0;
    if (begins && !engine->is_weak)
        watched->is_watched = true;
    pthread_mutex_unlock(&engine->lock);
    if (begins && engine->is_weak)
        memory_late_do(
            engine, &(struct memory_late){ .kind = MEMORY_LATE_WATCH, .topic_id = topic_id, .partition = partition });
    return status;
}

static void memory_unwatch(struct storage *storage, uint64_t topic_id, uint32_t partition) {
    struct memory_storage *engine = memory_engine(storage);
    struct memory_partition *watched;
    pthread_mutex_lock(&engine->lock);
    /* If not, the topic was deleted, and its watchers with it. */
    if (memory_partition_find(engine, topic_id, partition, &watched) == STATUS_OK && watched->watchers > 0 &&
        --watched->watchers == 0)
        watched->is_watched = false;
    pthread_mutex_unlock(&engine->lock);
}

static enum status memory_health(struct storage *storage, char *ret_detail, size_t detail_bytes) {
    struct memory_storage *engine = memory_engine(storage);
    pthread_mutex_lock(&engine->lock);
    bool closing = engine->closing;
    pthread_mutex_unlock(&engine->lock);
    if (detail_bytes > 0)
        snprintf(ret_detail, detail_bytes, "%s", closing ? "closing" : "");
    return closing ? STATUS_CLOSING : STATUS_OK;
}

static void memory_stats(struct storage *storage, struct storage_stats *ret_stats) {
    *ret_stats = (struct storage_stats){ 0 }; /* nothing waits, and there is no disk */
    histogram_read(&memory_engine(storage)->commit_times, &ret_stats->commits);
}

static void engine_free(struct memory_storage *engine) {
    for (size_t i = 0; i < engine->topic_count; i++)
        memory_topic_finish(&engine->topics[i]);
    mem_free(engine->topics);
    memory_groups_finish(engine);
    pthread_cond_destroy(&engine->late_arrived);
    pthread_cond_destroy(&engine->idle);
    pthread_mutex_destroy(&engine->lock);
    mem_free(engine);
}

static void memory_close(struct storage *storage) {
    if (storage == NULL)
        return;
    struct memory_storage *engine = memory_engine(storage);
    pthread_mutex_lock(&engine->lock);
    engine->closing = true;
    while (engine->running > 0)
        pthread_cond_wait(&engine->idle, &engine->lock);
    pthread_mutex_unlock(&engine->lock);
    if (engine->is_weak)
        memory_late_stop(engine);
    engine_free(engine);
}

static const struct storage_ops memory_ops = {
    .append = memory_append,
    .read = memory_read,
    .bounds = memory_bounds,
    .offset_at_time = memory_offset_at_time,
    .topic_create = memory_topic_create,
    .topic_alter = memory_topic_alter,
    .topic_delete = memory_topic_delete,
    .offsets_commit = memory_offsets_commit,
    .offsets_fetch = memory_offsets_fetch,
    .groups_list = memory_groups_list,
    .group_delete = memory_group_delete,
    .watch = memory_watch,
    .unwatch = memory_unwatch,
    .health = memory_health,
    .stats = memory_stats,
    .close = memory_close,
};

enum {
    WEAK_CAPABILITIES = STORAGE_CAN_ACK_NONE | STORAGE_CAN_ACK_OS | STORAGE_CAN_OFFSET_BY_TIME,
    CAPABILITIES = WEAK_CAPABILITIES | STORAGE_CAN_ATOMIC_BATCH | STORAGE_CAN_OFFSET_CAS | STORAGE_CAN_CONTIGUOUS |
                   STORAGE_CAN_DENSE | STORAGE_CAN_COUNT_BYTES
};

static enum status engine_open(const struct storage_hooks *hooks, bool is_weak, struct storage **ret_storage) {
    struct memory_storage *engine = mem_zero(1, sizeof *engine);
    if (engine == NULL)
        return STATUS_NO_MEMORY;
    engine->storage = (struct storage){ .ops = &memory_ops,
                                        .capabilities = is_weak ? WEAK_CAPABILITIES : CAPABILITIES };
    engine->hooks = *hooks;
    engine->is_weak = is_weak;
    engine->changes_end = &engine->changes;
    engine->late_end = &engine->late;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->idle, NULL);
    pthread_cond_init(&engine->late_arrived, NULL);
    if (is_weak && memory_late_start(engine) != STATUS_OK) {
        engine_free(engine);
        return STATUS_NO_MEMORY;
    }
    hooks->on_topic(hooks->context, NULL, false, engine->version);
    *ret_storage = &engine->storage;
    return STATUS_OK;
}

enum status memory_storage_open(const struct storage_hooks *hooks, struct storage **ret_storage) {
    return engine_open(hooks, false, ret_storage);
}

enum status memory_storage_open_weak(const struct storage_hooks *hooks, struct storage **ret_storage) {
    return engine_open(hooks, true, ret_storage);
}
