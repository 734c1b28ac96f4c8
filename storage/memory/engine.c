/* What the operations of the memory engine share: the door they go through, and what they look up. */
#include "storage/memory/engine.h"

#include "base/clock.h"
#include "base/memory.h"

/* running is held over `done` and the hooks, so that close waits for threads that are still in them. */
bool memory_enter(struct memory_storage *engine, struct storage_op *op) {
    pthread_mutex_lock(&engine->lock);
    bool closing = engine->closing;
    if (!closing)
        engine->running++;
    pthread_mutex_unlock(&engine->lock);
    if (closing) {
        storage_op_done(op, STATUS_CLOSING, NULL);
        return false;
    }
    if (op->deadline_ms != 0 && clock_monotonic_ms() >= op->deadline_ms) {
        storage_op_done(op, STATUS_TIMED_OUT, NULL);
        memory_leave(engine);
        return false;
    }
    return true;
}

void memory_leave(struct memory_storage *engine) {
    pthread_mutex_lock(&engine->lock);
    engine->running--;
    if (engine->running == 0)
        pthread_cond_signal(&engine->idle); /* under the lock: close frees once it has the lock */
    pthread_mutex_unlock(&engine->lock);
}

void *memory_grown(void *items, size_t *capacity, size_t count, size_t more, size_t item_bytes) {
    if (items != NULL && more <= *capacity - count)
        return items;
    size_t wanted;
    size_t bytes;
    if (__builtin_add_overflow(count, more, &wanted))
        return NULL;
    if (wanted < 8)
        wanted = 8;
    if (*capacity <= SIZE_MAX / 2 && wanted < *capacity * 2)
        wanted = *capacity * 2;
    if (__builtin_mul_overflow(wanted, item_bytes, &bytes))
        return NULL;
    void *grown = mem_resize(items, bytes);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

struct memory_topic *memory_topic_find(struct memory_storage *engine, uint64_t topic_id) {
    for (size_t i = 0; i < engine->topic_count; i++)
        if (engine->topics[i].description->id == topic_id)
            return &engine->topics[i];
    return NULL;
}

enum status memory_partition_find(struct memory_storage *engine, uint64_t topic_id, uint32_t partition,
                                  struct memory_partition **ret_partition) {
    struct memory_topic *topic = memory_topic_find(engine, topic_id);
    if (topic == NULL)
        return STATUS_TOPIC_NOT_FOUND;
    if (partition >= topic->description->settings.partitions)
        return STATUS_PARTITION_NOT_FOUND;
    *ret_partition = &topic->partitions[partition];
    return STATUS_OK;
}
