/* Forgetting what groups have committed: a group, a part of it, or what all of them have for a topic. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"
#include "storage/rocksdb/offsets/committed.h"

struct forget_work {
    struct work work;
    char *group;
    uint64_t topic_id; /* 0: all */
};

/* Adds to a batch the removal of what lies in the range, of one topic or (0) of all. One by one: range tombstones among
 * short-lived keys would slow every later look-up. */
static enum status forget_range(struct engine *engine, struct key lower, struct key upper, uint64_t topic_id,
                                rocksdb_writebatch_t *batch, char detail[STORAGE_DETAIL_BYTES]) {
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.offsets, lower, upper, SCAN_DISK);
    for (scan_seek(&scan, &lower); scan_valid(&scan); scan_next(&scan)) {
        struct bytes raw = scan_key(&scan);
        struct bytes group;
        uint64_t key_topic_id;
        uint32_t partition;
        if (!key_offsets_parse(raw, &group, &key_topic_id, &partition))
            return committed_damaged(detail);
        if (topic_id == 0 || topic_id == key_topic_id)
            rocksdb_writebatch_delete_cf(batch, engine->database.offsets, raw.data, raw.size);
    }
    return scan_status(&scan, detail);
}

enum status engine_forget_topic_offsets(struct engine *engine, uint64_t topic_id, rocksdb_writebatch_t *batch,
                                        char detail[STORAGE_DETAIL_BYTES]) {
    return forget_range(engine, key_offsets_prefix(""), key_offsets_last(), topic_id, batch, detail);
}

static enum status forget_run(struct engine *engine, struct work *base) {
    struct forget_work *work = (struct forget_work *)base;
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    enum status status = forget_range(engine, key_offsets_group(work->group), key_offsets_group_end(work->group),
                                      work->topic_id, batch, work->work.detail);
    if (status != STATUS_OK)
        return status;
    if (rocksdb_writebatch_count(batch) == 0)
        return STATUS_GROUP_NOT_FOUND;
    return commit_alone(engine, batch, work->work.detail);
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
