/* The catalogue of the memory engine: creating, changing and deleting topics, and announcing that in order. */
#include "base/clock.h"
#include "base/memory.h"
#include "storage/memory/engine.h"
#include "storage/memory/memory.h"

#include <sys/random.h>

static struct memory_topic *topic_named(struct memory_storage *engine, const char *name) {
    for (size_t i = 0; i < engine->topic_count; i++)
        if (strcmp(engine->topics[i].description->name, name) == 0)
            return &engine->topics[i];
    return NULL;
}

void memory_topic_finish(struct memory_topic *topic) {
    for (uint32_t i = 0; topic->partitions != NULL && i < topic->description->settings.partitions; i++)
        memory_partition_finish(&topic->partitions[i]);
    mem_free(topic->partitions);
    storage_topic_unref(topic->description);
    *topic = (struct memory_topic){ 0 };
}

/* Queues a change behind those that are not yet told; under the lock. The thread is counted until it has called
 * changes_announce, since another one may end the operation before. */
static void change_push(struct memory_storage *engine, struct memory_change *change, const struct storage_topic *topic,
                        bool gone, struct storage_op *op) {
    *change =
        (struct memory_change){ .topic = storage_topic_ref(topic), .gone = gone, .version = engine->version, .op = op };
    *engine->changes_end = change;
    engine->changes_end = &change->next;
    engine->running++;
}

/* Tells of what is queued, oldest first, and ends the operations that belong to it. One thread does so at a time: a
 * second one leaves its change to the first, which keeps the order without a lock that is held over a hook. */
static void changes_announce(struct memory_storage *engine) {
    pthread_mutex_lock(&engine->lock);
    bool mine = !engine->announcing;
    engine->announcing = true;
    while (mine && engine->changes != NULL) {
        autofree struct memory_change *change = engine->changes;
        engine->changes = change->next;
        if (engine->changes == NULL)
            engine->changes_end = &engine->changes;
        pthread_mutex_unlock(&engine->lock);
        engine->hooks.on_topic(engine->hooks.context, change->topic, change->gone, change->version);
        storage_topic_unref(change->topic);
        if (change->op != NULL)
            memory_end(engine, change->op, STATUS_OK);
        pthread_mutex_lock(&engine->lock);
    }
    if (mine)
        engine->announcing = false;
    pthread_mutex_unlock(&engine->lock);
    memory_leave(engine);
}

/* Lets an operation in that gives back a topic: none so far. */
static bool topic_op_begin(struct memory_storage *engine, struct storage_op *op, struct storage_topic **ret_topic) {
    *ret_topic = NULL;
    return memory_enter(engine, op);
}

/* Ends an operation of this file: with its change told, or with the failure. */
static void topic_op_finish(struct memory_storage *engine, struct storage_op *op, enum status status) {
    if (status == STATUS_OK)
        changes_announce(engine);
    else
        memory_end(engine, op, status);
}

static enum status topic_id_draw(struct memory_storage *engine, uint64_t *ret_id) {
    uint64_t id = 0;
    while (id == 0 || memory_topic_find(engine, id) != NULL)
        if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
            return STATUS_IO;
    *ret_id = id;
    return STATUS_OK;
}

/* Creates under the lock; a topic that is there already is handed out with STATUS_TOPIC_EXISTS. */
static enum status topic_create(struct memory_storage *engine, struct storage_topic_create *create) {
    struct memory_topic *taken = topic_named(engine, create->name);
    if (taken != NULL) {
        create->ret_topic = storage_topic_ref(taken->description);
        return STATUS_TOPIC_EXISTS;
    }
    uint64_t id;
    enum status status = topic_id_draw(engine, &id);
    if (status != STATUS_OK)
        return status;
    autofree struct memory_change *change = mem_alloc(sizeof *change);
    struct memory_topic topic = {
        .description = storage_topic_new(create->name, create->settings),
        .partitions = mem_zero(create->settings->partitions, sizeof *topic.partitions),
    };
    struct memory_topic *topics = memory_grown(engine->topics, &engine->topic_capacity, engine->topic_count, 1,
                                               sizeof *topics);
    if (topics != NULL)
        engine->topics = topics;
    if (change == NULL || topic.description == NULL || topic.partitions == NULL || topics == NULL) {
        mem_free(topic.partitions);
        storage_topic_unref(topic.description);
        return STATUS_NO_MEMORY;
    }

    struct storage_topic *description = topic.description;
    engine->version++;
    description->id = id;
    description->capabilities = engine->storage.capabilities;
    description->created_at_ms = clock_wall_ms();
    description->created_version = engine->version;
    for (uint32_t i = 0; i < description->settings.partitions; i++)
        description->partition_versions[i] = engine->version;
    engine->topics[engine->topic_count++] = topic;
    create->ret_topic = storage_topic_ref(description);
    change_push(engine, take(&change), description, false, &create->op);
    return STATUS_OK;
}

void memory_topic_create(struct storage *storage, struct storage_topic_create *create) {
    struct memory_storage *engine = memory_engine(storage);
    if (!topic_op_begin(engine, &create->op, &create->ret_topic))
        return;
    enum status status = STATUS_INVALID;
    size_t name_bytes = strlen(create->name);
    uint32_t partitions = create->settings->partitions;
    if (name_bytes > 0 && name_bytes <= STORAGE_TOPIC_NAME_BYTES_MAX && partitions > 0 &&
        partitions <= STORAGE_PARTITIONS_MAX) {
        pthread_mutex_lock(&engine->lock);
        status = topic_create(engine, create);
        pthread_mutex_unlock(&engine->lock);
    }
    topic_op_finish(engine, &create->op, status);
}

/* Gives the topic room for more partitions, all empty; what is there moves. */
static enum status partitions_grow(struct memory_topic *topic, uint32_t count) {
    uint32_t old_count = topic->description->settings.partitions;
    if (count == old_count)
        return STATUS_OK;
    struct memory_partition *partitions = mem_zero(count, sizeof *partitions);
    if (partitions == NULL)
        return STATUS_NO_MEMORY;
    memcpy(partitions, topic->partitions, old_count * sizeof *partitions);
    mem_free(topic->partitions);
    topic->partitions = partitions;
    return STATUS_OK;
}

/* Changes under the lock: a new description takes the place of the old one, which others may still hold. `op` ends with
 * the announcement, or is NULL. */
static enum status topic_alter(struct memory_storage *engine, struct storage_topic_alter *alter,
                               struct storage_op *op) {
    struct memory_topic *topic = memory_topic_find(engine, alter->topic_id);
    if (topic == NULL)
        return STATUS_TOPIC_NOT_FOUND;
    struct storage_topic *old = topic->description;
    uint32_t old_count = old->settings.partitions;
    struct storage_settings settings = old->settings;
    storage_settings_take(&settings, alter->settings, alter->which);
    uint32_t count = settings.partitions;
    if (count < old_count)
        return STATUS_PARTITIONS_SHRINK;
    if (count > STORAGE_PARTITIONS_MAX)
        return STATUS_INVALID;
    autofree struct memory_change *change = mem_alloc(sizeof *change);
    struct storage_topic *altered = storage_topic_new(old->name, &settings);
    if (change == NULL || altered == NULL || partitions_grow(topic, count) != STATUS_OK) {
        storage_topic_unref(altered);
        return STATUS_NO_MEMORY;
    }

    if (count > old_count)
        engine->version++;
    altered->id = old->id;
    altered->capabilities = old->capabilities;
    altered->created_at_ms = old->created_at_ms;
    altered->created_version = old->created_version;
    for (uint32_t i = 0; i < count; i++)
        altered->partition_versions[i] = i < old_count ? old->partition_versions[i] : engine->version;
    storage_topic_unref(old);
    topic->description = altered;
    alter->ret_topic = storage_topic_ref(altered);
    change_push(engine, take(&change), altered, false, op);
    return STATUS_OK;
}

void memory_topic_alter(struct storage *storage, struct storage_topic_alter *alter) {
    struct memory_storage *engine = memory_engine(storage);
    if (!topic_op_begin(engine, &alter->op, &alter->ret_topic))
        return;
    pthread_mutex_lock(&engine->lock);
    enum status status = topic_alter(engine, alter, &alter->op);
    pthread_mutex_unlock(&engine->lock);
    topic_op_finish(engine, &alter->op, status);
}

/* Under the lock; `op` as of topic_alter. */
static enum status topic_delete(struct memory_storage *engine, uint64_t topic_id, struct storage_op *op) {
    struct memory_topic *topic = memory_topic_find(engine, topic_id);
    if (topic == NULL)
        return STATUS_TOPIC_NOT_FOUND;
    struct memory_change *change = mem_alloc(sizeof *change);
    if (change == NULL)
        return STATUS_NO_MEMORY;
    change_push(engine, change, topic->description, true, op);
    memory_commits_drop_topic(engine, topic_id);
    memory_topic_finish(topic);
    engine->topic_count--;
    size_t behind = engine->topic_count - (size_t)(topic - engine->topics);
    memmove(topic, topic + 1, behind * sizeof *topic);
    return STATUS_OK;
}

void memory_topic_delete(struct storage *storage, struct storage_topic_delete *delete) {
    struct memory_storage *engine = memory_engine(storage);
    if (!memory_enter(engine, &delete->op))
        return;
    pthread_mutex_lock(&engine->lock);
    enum status status = topic_delete(engine, delete->topic_id, &delete->op);
    pthread_mutex_unlock(&engine->lock);
    topic_op_finish(engine, &delete->op, status);
}

enum status memory_storage_grow(struct storage *storage, uint64_t topic_id, uint32_t partitions) {
    struct memory_storage *engine = memory_engine(storage);
    const struct storage_settings settings = { .partitions = partitions };
    struct storage_topic_alter alter = { .topic_id = topic_id,
                                         .settings = &settings,
                                         .which = STORAGE_SETTING_PARTITIONS };
    pthread_mutex_lock(&engine->lock);
    enum status status = topic_alter(engine, &alter, NULL);
    pthread_mutex_unlock(&engine->lock);
    storage_topic_unref(alter.ret_topic);
    if (status == STATUS_OK)
        changes_announce(engine);
    return status;
}

enum status memory_storage_drop(struct storage *storage, uint64_t topic_id) {
    struct memory_storage *engine = memory_engine(storage);
    pthread_mutex_lock(&engine->lock);
    enum status status = topic_delete(engine, topic_id, NULL);
    pthread_mutex_unlock(&engine->lock);
    if (status == STATUS_OK)
        changes_announce(engine);
    return status;
}
