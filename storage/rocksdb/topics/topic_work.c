/* What creating, changing and deleting a topic have in common. */
#include "storage/rocksdb/topics/topic_work.h"

#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"

#include <stdio.h>

enum status topic_work_start(struct engine *engine, const struct work_kind *kind, struct storage_op *op,
                             const struct topic_work *wanted) {
    struct topic_work *work = work_new(sizeof *work, kind, op);
    if (work == NULL)
        return STATUS_NO_MEMORY;
    work->topic_id = wanted->topic_id;
    work->settings = wanted->settings;
    work->which = wanted->which;
    work->ret_topic = wanted->ret_topic;
    if (wanted->name != NULL)
        work->name = arena_copy(&work->work.memory, wanted->name, strlen(wanted->name));
    bool whole = wanted->name == NULL || work->name != NULL;
    return committer_submit_made(engine, &work->work, whole ? STATUS_OK : STATUS_NO_MEMORY);
}

void topic_work_answer(struct engine *engine, struct work *base) {
    const struct topic_work *work = (const struct topic_work *)base;
    if (work->changed)
        engine->hooks.on_topic(engine->hooks.context, work->entry->topic, work->gone, work->version);
    if (work->ret_topic != NULL && work->entry != NULL)
        *work->ret_topic = storage_topic_ref(work->entry->topic);
}

void topic_work_release(struct work *base) { topic_entry_unref(((struct topic_work *)base)->entry); }

enum status topic_settings_check(const struct storage_settings *settings) {
    if (settings->partitions < 1 || settings->partitions > STORAGE_PARTITIONS_MAX)
        return STATUS_INVALID;
    if (!storage_can_ack(TOPIC_CAPABILITIES, settings->ack))
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

static unsigned emptiest_slot(const struct engine *engine) {
    const uint32_t *partitions = engine->topics.slot_partitions;
    unsigned emptiest = 0;
    for (unsigned slot = 1; slot < engine->database.slot_count; slot++)
        if (partitions[slot] < partitions[emptiest])
            emptiest = slot;
    return emptiest;
}

/* Gives the entry its partitions from `from` on, with ids behind those of the store. What fails leaves no trace but in
 * the slots, which unplace_partitions takes back. */
static enum status place_partitions(struct engine *engine, struct topic_entry *entry, uint32_t from, uint64_t version) {
    struct topic_table *topics = &engine->topics;
    for (uint32_t number = from; number < entry->partition_count; number++) {
        unsigned slot = emptiest_slot(engine);
        uint32_t id = topics->next_partition_id + (number - from);
        struct partition *partition = partition_new(entry->topic->id, id, number, slot, version);
        if (partition == NULL)
            return STATUS_NO_MEMORY;
        topics->slot_partitions[slot]++;
        entry->partitions[number] = partition;
        entry->topic->partition_versions[number] = version;
    }
    return STATUS_OK;
}

static void unplace_partitions(struct engine *engine, const struct topic_entry *entry, uint32_t from) {
    for (uint32_t number = from; number < entry->partition_count && entry->partitions[number] != NULL; number++)
        engine->topics.slot_partitions[entry->partitions[number]->slot]--;
}

/* Writes an entry whose partitions from `from` on are new, and puts it into the table. */
static enum status write_entry(struct engine *engine, struct topic_work *work, struct topic_entry *entry,
                               uint32_t from) {
    struct topic_table *topics = &engine->topics;
    autobuffer struct buffer value = { 0 };
    topic_entry_encode(entry, &value);
    enum status status = value.failed ? STATUS_NO_MEMORY : topic_table_reserve(topics);
    if (status != STATUS_OK)
        return status;

    rocksdb_column_family_handle_t *catalog = engine->database.catalog;
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct key key = key_catalog_topic(entry->topic->id);
    write_put(batch, catalog, &key, buffer_bytes(&value));

    uint32_t grown = entry->partition_count - from;
    uint64_t version = topics->version + (grown > 0);
    if (grown > 0) {
        key = key_catalog(CATALOG_VERSION);
        struct value number = value_u64(version);
        write_put(batch, catalog, &key, value_bytes(&number));
        key = key_catalog(CATALOG_NEXT_PARTITION);
        number = value_u64((uint64_t)topics->next_partition_id + grown);
        write_put(batch, catalog, &key, value_bytes(&number));
    }
    status = commit_alone(engine, batch, work->work.detail);
    if (status != STATUS_OK)
        return status;

    topics->version = version;
    topics->next_partition_id += grown;
    topic_table_put(topics, topic_entry_ref(entry));
    work->entry = topic_entry_ref(entry);
    work->changed = true;
    work->version = version;
    return STATUS_OK;
}

enum status topic_work_write(struct engine *engine, struct topic_work *work, struct topic_entry *entry, uint32_t from) {
    autoentry struct topic_entry *owned = entry; /* given back on every way out */
    if (entry->partition_count - from >= UINT32_MAX - engine->topics.next_partition_id) {
        snprintf(work->work.detail, STORAGE_DETAIL_BYTES, "no partition ids are left");
        return STATUS_UNSUPPORTED;
    }

    enum status status = place_partitions(engine, entry, from, engine->topics.version + 1);
    if (status == STATUS_OK)
        status = write_entry(engine, work, entry, from);
    if (status != STATUS_OK)
        unplace_partitions(engine, entry, from);
    return status;
}
