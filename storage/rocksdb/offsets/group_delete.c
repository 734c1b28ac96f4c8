/* Forgetting what a group has committed: all of it, or what it has for one topic. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"
#include "storage/rocksdb/offsets/committed.h"

struct forget_work {
    struct work work;
    char *group;
    uint64_t topic_id; /* 0: all */
};

/* Adds to a batch the removal of what the group has, of one topic or (0) of all. One by one: range tombstones among
 * short-lived keys would slow every later look-up. *ret_found: some of it is of topics that are there. */
static enum status forget_group(struct engine *engine, struct forget_work *work, rocksdb_writebatch_t *batch,
                                bool *ret_found) {
    struct key lower = key_offsets_group(work->group);
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.offsets, lower, key_offsets_group_end(work->group), SCAN_DISK);
    *ret_found = false;
    for (scan_seek(&scan, &lower); scan_valid(&scan); scan_next(&scan)) {
        struct bytes raw = scan_key(&scan);
        struct bytes group;
        uint64_t topic_id;
        uint32_t partition;
        if (!key_offsets_parse(raw, &group, &topic_id, &partition))
            return committed_damaged(work->work.detail);
        if (work->topic_id != 0 && work->topic_id != topic_id)
            continue;
        *ret_found = *ret_found || topic_table_has(&engine->topics, topic_id);
        rocksdb_writebatch_delete_cf(batch, engine->database.offsets, raw.data, raw.size);
    }
    return scan_status(&scan, work->work.detail);
}

static enum status forget_run(struct engine *engine, struct work *base) {
    struct forget_work *work = (struct forget_work *)base;
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    bool found;
    enum status status = forget_group(engine, work, batch, &found);
    if (status != STATUS_OK)
        return status;
    return found ? commit_alone(engine, batch, work->work.detail) : STATUS_GROUP_NOT_FOUND;
}

static const struct work_kind FORGET = { .run = forget_run, .frees_space = true };

static enum status start_forgetting(struct engine *engine, struct storage_group_delete *op) {
    if (!key_group_valid(op->group))
        return STATUS_GROUP_NOT_FOUND;
    struct forget_work *work = work_new(sizeof *work, &FORGET, &op->op);
    if (work == NULL)
        return STATUS_NO_MEMORY;
    work->topic_id = op->topic_id;
    work->group = arena_copy(&work->work.memory, op->group, strlen(op->group));
    return committer_submit_made(engine, &work->work, work->group != NULL ? STATUS_OK : STATUS_NO_MEMORY);
}

void engine_group_delete(struct storage *storage, struct storage_group_delete *op) {
    struct engine *engine = engine_of(storage);
    if (!engine_enter(engine, &op->op))
        return;
    engine_leave_started(engine, &op->op, start_forgetting(engine, op));
}
