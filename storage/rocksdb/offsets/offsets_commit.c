/* Committing offsets of a consumer group. Only who holds the commit lock writes them, so that a check and its write are
 * one step; commits share the write of a group with appends. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"
#include "storage/rocksdb/offsets/committed.h"

#include <assert.h>

struct commit_work {
    struct work work;
    char *group;
    struct storage_commit *commits;
    size_t commit_count;
    size_t failed; /* what the operation gives back, as the next two */
    bool stored_known;
    uint64_t stored;
};

static enum status commit_stage(struct engine *engine, struct work *base, struct commit_group *group);

static void commit_answer(struct engine *engine, struct work *base) {
    (void)engine;
    const struct commit_work *work = (const struct commit_work *)base;
    struct storage_offsets_commit *op = (struct storage_offsets_commit *)base->op;
    op->ret_failed = work->failed;
    op->ret_stored_known = work->stored_known;
    op->ret_stored = work->stored;
}

static const struct work_kind COMMIT = { .stage = commit_stage, .answer = commit_answer };

/* What works before this one, in the same write, commit for that partition: the newest, or NULL. */
static const struct storage_commit *staged_commit(const struct commit_group *group, const char *name,
                                                  const struct storage_commit *wanted) {
    for (const struct work *base = group->staged.newest; base != NULL; base = base->older) {
        const struct commit_work *work = (const struct commit_work *)base;
        if (base->kind != &COMMIT || strcmp(work->group, name) != 0)
            continue;
        for (size_t i = 0; i < work->commit_count; i++)
            if (work->commits[i].topic_id == wanted->topic_id && work->commits[i].partition == wanted->partition)
                return &work->commits[i];
    }
    return NULL;
}

/* Sets what is stored for the partition of a commit, if anything. */
static enum status look_up_stored(struct engine *engine, struct commit_work *work, const struct commit_group *group,
                                  const struct storage_commit *commit) {
    const struct storage_commit *staged = staged_commit(group, work->group, commit);
    work->stored_known = staged != NULL;
    if (staged != NULL) {
        work->stored = staged->offset;
        return STATUS_OK;
    }
    autobuffer struct buffer value = { 0 };
    struct key key = key_offsets(work->group, commit->topic_id, commit->partition);
    enum status status = database_get(&engine->database, engine->database.offsets, &key, &value, &work->stored_known,
                                      work->work.detail);
    if (status != STATUS_OK || !work->stored_known)
        return status;
    struct committed committed;
    if (!committed_decode(buffer_bytes(&value), &committed))
        return committed_damaged(work->work.detail);
    work->stored = committed.offset;
    return STATUS_OK;
}

static enum status check_commit(struct engine *engine, struct commit_work *work, const struct commit_group *group,
                                const struct storage_commit *commit) {
    autoentry struct topic_entry *entry = NULL;
    struct partition *partition;
    enum status status = topic_table_find_partition(&engine->topics, commit->topic_id, commit->partition, &entry,
                                                    &partition);
    if (status != STATUS_OK)
        return status;
    uint64_t next_offset = atomic_load(&partition->next_offset);
    if (commit->offset > next_offset) {
        work->stored_known = true;
        work->stored = next_offset;
        return STATUS_OFFSET_BEYOND;
    }
    if (!commit->has_expected)
        return STATUS_OK;
    status = look_up_stored(engine, work, group, commit);
    if (status != STATUS_OK)
        return status;
    return work->stored_known && work->stored == commit->expected ? STATUS_OK : STATUS_OFFSET_MISMATCH;
}

static enum status commit_stage(struct engine *engine, struct work *base, struct commit_group *group) {
    struct commit_work *work = (struct commit_work *)base;
    for (size_t i = 0; i < work->commit_count; i++) {
        work->failed = i;
        enum status status = check_commit(engine, work, group, &work->commits[i]);
        if (status != STATUS_OK)
            return status;
    }

    autobuffer struct buffer value = { 0 };
    if (!buffer_reserve(&value, COMMITTED_BYTES_MAX)) /* from here on nothing fails */
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < work->commit_count; i++) {
        const struct storage_commit *commit = &work->commits[i];
        struct committed committed = { commit->offset, group->now_ms, commit->metadata };
        buffer_clear(&value);
        committed_encode(&committed, &value);
        assert(!value.failed);
        struct key key = key_offsets(work->group, commit->topic_id, commit->partition);
        write_put(group->batch, engine->database.offsets, &key, buffer_bytes(&value));
    }
    group->sync = true;
    return STATUS_OK;
}

/* Copies what is to be committed into the work. */
static enum status copy_op(struct commit_work *work, const struct storage_offsets_commit *op) {
    struct arena *memory = &work->work.memory;
    work->group = arena_copy(memory, op->group, strlen(op->group));
    work->commits = arena_array(memory, op->commit_count, sizeof work->commits[0]);
    if (work->group == NULL || work->commits == NULL)
        return STATUS_NO_MEMORY;
    work->commit_count = op->commit_count;
    work->work.bytes += op->commit_count * sizeof work->commits[0];
    for (size_t i = 0; i < op->commit_count; i++) {
        struct storage_commit *commit = &work->commits[i];
        *commit = op->commits[i];
        if (!bytes_present(commit->metadata))
            continue;
        if (commit->metadata.size > STORAGE_METADATA_BYTES_MAX)
            return STATUS_INVALID;
        commit->metadata.data = arena_copy(memory, commit->metadata.data, commit->metadata.size);
        if (commit->metadata.data == NULL)
            return STATUS_NO_MEMORY;
        work->work.bytes += commit->metadata.size;
    }
    return STATUS_OK;
}

static enum status start_commit(struct engine *engine, struct storage_offsets_commit *op) {
    if (op->commit_count == 0 || !key_group_valid(op->group))
        return STATUS_INVALID;
    struct commit_work *work = work_new(sizeof *work, &COMMIT, &op->op);
    if (work == NULL)
        return STATUS_NO_MEMORY;
    return committer_submit_made(engine, &work->work, copy_op(work, op));
}

void engine_offsets_commit(struct storage *storage, struct storage_offsets_commit *op) {
    struct engine *engine = engine_of(storage);
    op->ret_failed = 0;
    op->ret_stored_known = false;
    op->ret_stored = 0;
    if (!engine_enter(engine, &op->op))
        return;
    engine_leave_started(engine, &op->op, start_commit(engine, op));
}
