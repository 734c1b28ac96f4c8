/* Deleting a topic and its events. What groups have committed for it is only marked: the forgetter removes it. */
#include "storage/rocksdb/database/error.h"
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"
#include "storage/rocksdb/topics/topic_work.h"

static void set_deleted(struct topic_entry *entry, bool deleted) {
    for (uint32_t i = 0; i < entry->partition_count; i++)
        atomic_store(&entry->partitions[i]->deleted, deleted);
}

static void remove_partition(const struct database *database, rocksdb_writebatch_t *batch,
                             const struct partition *partition) {
    static const enum catalog_key kinds[] = { CATALOG_FIRST, CATALOG_FLOOR, CATALOG_CEILING };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct key key = key_catalog_partition(kinds[i], partition->id);
        write_delete(batch, database->catalog, &key);
    }
    struct key begin = key_log(partition->id, 0);
    struct key end = key_log_end(partition->id);
    rocksdb_writebatch_delete_range_cf(batch, database->slots[partition->slot], begin.data, begin.size, end.data,
                                       end.size);
}

/* Gives back at once the files that hold nothing but this partition; compaction does the rest. Only space depends on
 * it, so that a failure is nothing to fail for. Open iterators keep their files. */
static void drop_files(const struct database *database, const struct partition *partition) {
    struct key begin = key_log(partition->id, 0);
    struct key end = key_log_end(partition->id);
    char *error = NULL;
    char detail[STORAGE_DETAIL_BYTES];
    rocksdb_delete_file_in_range_cf(database->db, database->slots[partition->slot], begin.data, begin.size, end.data,
                                    end.size, &error);
    (void)error_take(error, "cannot delete files", detail);
}

static enum status delete_run(struct engine *engine, struct work *base) {
    struct topic_work *work = (struct topic_work *)base;
    autoentry struct topic_entry *entry = topic_table_find(&engine->topics, work->topic_id);
    if (entry == NULL)
        return STATUS_TOPIC_NOT_FOUND;

    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct key key = key_catalog_topic(work->topic_id);
    write_delete(batch, engine->database.catalog, &key);
    for (uint32_t i = 0; i < entry->partition_count; i++)
        remove_partition(&engine->database, batch, entry->partitions[i]);
    key = key_catalog_forgotten(work->topic_id);
    struct value mark = value_u64(1);
    write_put(batch, engine->database.catalog, &key, value_bytes(&mark));

    set_deleted(entry, true); /* before the write, so that no read takes an emptied log for a short one */
    enum status status = commit_alone(engine, batch, work->work.detail);
    if (status != STATUS_OK) {
        set_deleted(entry, false);
        return status;
    }

    topic_table_remove(&engine->topics, work->topic_id);
    forgetter_wake(engine);
    for (uint32_t i = 0; i < entry->partition_count; i++) {
        engine->topics.slot_partitions[entry->partitions[i]->slot]--;
        drop_files(&engine->database, entry->partitions[i]);
    }

    work->entry = topic_entry_ref(entry);
    work->changed = true;
    work->gone = true;
    work->version = engine->topics.version;
    return STATUS_OK;
}

static const struct work_kind DELETE = {
    .run = delete_run, .answer = topic_work_answer, .release = topic_work_release, .frees_space = true
};

void engine_topic_delete(struct storage *storage, struct storage_topic_delete *delete) {
    struct engine *engine = engine_of(storage);
    if (!engine_enter(engine, &delete->op))
        return;
    const struct topic_work wanted = { .topic_id = delete->topic_id };
    engine_leave_started(engine, &delete->op, topic_work_start(engine, &DELETE, &delete->op, &wanted));
}
