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
    autoentry struct topic_entry *entry = topic_entry_new(topic);
    if (entry == NULL)
        return STATUS_NO_MEMORY;
    status = topic_work_write(engine, work, entry, 0);
    if (status == STATUS_OK)
        entry = NULL; /* the table has it */
    return status;
}

static void create_answer(struct engine *engine, struct work *base) {
    struct topic_work *work = (struct topic_work *)base;
    topic_work_tell(engine, work, false);
    if (work->entry != NULL)
        ((struct storage_topic_create *)base->op)->ret_topic = storage_topic_ref(work->entry->topic);
}

static const struct work_kind CREATE = { .run = create_run, .answer = create_answer, .release = topic_work_release };

static enum status start_create(struct engine *engine, struct storage_topic_create *create) {
    size_t name_bytes = strlen(create->name);
    if (name_bytes < 1 || name_bytes > STORAGE_TOPIC_NAME_BYTES_MAX)
        return STATUS_INVALID;
    enum status status = topic_settings_check(create->settings);
    if (status != STATUS_OK)
        return status;
    struct topic_work *work = topic_work_new(&CREATE, &create->op, 0, create->name);
    if (work == NULL)
        return STATUS_NO_MEMORY;
    work->settings = *create->settings;
    committer_submit(engine, &work->work);
    return STATUS_OK;
}

void engine_topic_create(struct storage *storage, struct storage_topic_create *create) {
    struct engine *engine = engine_of(storage);
    create->ret_topic = NULL;
    if (!engine_enter(engine, &create->op))
        return;
    enum status status = start_create(engine, create);
    if (status != STATUS_OK)
        storage_op_done(&create->op, status, NULL);
    engine_leave(engine);
}
