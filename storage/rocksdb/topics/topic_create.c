/* Creating a topic. */
#include "base/clock.h"
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/topics/topic_work.h"

#include <sys/random.h>

static enum status new_topic_id(struct engine *engine, uint64_t *ret_id) {
    for (;;) {
        uint64_t id;
        if (getrandom(&id, sizeof id, 0) != sizeof id)
            return STATUS_IO;
        autoentry struct topic_entry *taken = topic_table_find(&engine->topics, id);
        if (id == 0 || taken != NULL)
            continue;
        *ret_id = id;
        return STATUS_OK;
    }
}

static enum status create_run(struct engine *engine, struct work *base) {
    struct topic_work *work = (struct topic_work *)base;
    work->entry = topic_table_find_name(&engine->topics, work->name);
    if (work->entry != NULL)
        return STATUS_TOPIC_EXISTS;

    uint64_t id;
    enum status status = new_topic_id(engine, &id);
    if (status != STATUS_OK)
        return status;
    struct storage_topic *topic = storage_topic_new(work->name, &work->settings);
    if (topic == NULL)
        return STATUS_NO_MEMORY;

    topic->id = id;
    topic->capabilities = TOPIC_CAPABILITIES;
    topic->created_at_ms = clock_wall_ms();
    topic->created_version = engine->topics.version + 1;
    struct topic_entry *entry = topic_entry_new(topic);
    return entry != NULL ? topic_work_write(engine, work, entry, 0) : STATUS_NO_MEMORY;
}

static const struct work_kind CREATE = { .run = create_run,
                                         .answer = topic_work_answer,
                                         .release = topic_work_release };

static enum status start_create(struct engine *engine, struct storage_topic_create *create) {
    size_t name_bytes = strlen(create->name);
    if (name_bytes < 1 || name_bytes > STORAGE_TOPIC_NAME_BYTES_MAX)
        return STATUS_INVALID;
    enum status status = topic_settings_check(create->settings);
    if (status != STATUS_OK)
        return status;
    const struct topic_work wanted = { .name = create->name,
                                       .settings = *create->settings,
                                       .ret_topic = &create->ret_topic };
    return topic_work_start(engine, &CREATE, &create->op, &wanted);
}

void engine_topic_create(struct storage *storage, struct storage_topic_create *create) {
    struct engine *engine = engine_of(storage);
    create->ret_topic = NULL;
    if (!engine_enter(engine, &create->op))
        return;
    engine_leave_started(engine, &create->op, start_create(engine, create));
}
