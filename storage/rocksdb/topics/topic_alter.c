/* Changing the settings of a topic; its partitions may grow. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/topics/topic_work.h"

/* The entry with other settings; partitions that are new are missing still. */
static struct topic_entry *altered(const struct topic_entry *old, const struct storage_settings *settings) {
    struct storage_topic *topic = storage_topic_new(old->topic->name, settings);
    if (topic == NULL)
        return NULL;
    topic->id = old->topic->id;
    topic->capabilities = old->topic->capabilities;
    topic->created_version = old->topic->created_version;
    topic->created_at_ms = old->topic->created_at_ms;
    struct topic_entry *entry = topic_entry_new(topic);
    if (entry == NULL)
        return NULL;
    for (uint32_t i = 0; i < old->partition_count; i++) {
        entry->partitions[i] = partition_ref(old->partitions[i]);
        topic->partition_versions[i] = old->topic->partition_versions[i];
    }
    buffer_append_bytes(&entry->unknown_members, buffer_bytes(&old->unknown_members));
    if (entry->unknown_members.failed) {
        topic_entry_unref(entry);
        return NULL;
    }
    return entry;
}

static enum status alter_run(struct engine *engine, struct work *base) {
    struct topic_work *work = (struct topic_work *)base;
    autoentry struct topic_entry *old = topic_table_find(&engine->topics, work->topic_id);
    if (old == NULL)
        return STATUS_TOPIC_NOT_FOUND;

    struct storage_settings settings = old->topic->settings;
    storage_settings_take(&settings, &work->settings, work->which);
    if (settings.partitions < old->partition_count)
        return STATUS_PARTITIONS_SHRINK;
    enum status status = topic_settings_check(&settings);
    if (status != STATUS_OK)
        return status;

    struct topic_entry *entry = altered(old, &settings);
    return entry != NULL ? topic_work_write(engine, work, entry, old->partition_count) : STATUS_NO_MEMORY;
}

static const struct work_kind ALTER = { .run = alter_run, .answer = topic_work_answer, .release = topic_work_release };

void engine_topic_alter(struct storage *storage, struct storage_topic_alter *alter) {
    struct engine *engine = engine_of(storage);
    alter->ret_topic = NULL;
    if (!engine_enter(engine, &alter->op))
        return;
    const struct topic_work wanted = {
        .topic_id = alter->topic_id, .settings = *alter->settings, .which = alter->which, .ret_topic = &alter->ret_topic
    };
    engine_leave_started(engine, &alter->op, topic_work_start(engine, &ALTER, &alter->op, &wanted));
}
