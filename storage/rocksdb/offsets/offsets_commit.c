/* Committing offsets of a consumer group. Only who holds the commit lock writes them, so that a check and its write are
 * one step; commits share the write of a group with appends. What a commit is compared with is looked up before it is
 * queued (compared.h). */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"
#include "storage/rocksdb/log/readers.h"
#include "storage/rocksdb/offsets/committed.h"
#include "storage/rocksdb/offsets/compared.h"

#include <assert.h>

struct commit_work {
    struct work work;
    char *group;
    struct storage_commit *commits;
    size_t commit_count;
    struct compared **compared; /* a reference for each commit that is compared, else NULL; NULL: none is */
    size_t failed;              /* what the operation gives back, as the next two */
    bool stored_known;
    uint64_t stored;
};

static void commit_answer(struct engine *engine, struct work *base) {
    (void)engine;
    const struct commit_work *work = (const struct commit_work *)base;
    struct storage_offsets_commit *op = (struct storage_offsets_commit *)base->op;
    op->ret_failed = work->failed;
    op->ret_stored_known = work->stored_known;
    op->ret_stored = work->stored;
}

static void commit_release(struct work *base) {
    struct commit_work *work = (struct commit_work *)base;
    for (size_t i = 0; work->compared != NULL && i < work->commit_count; i++)
        compared_release(work->compared[i]);
}

/* From the disk. */
static enum status look_up(struct engine *engine, struct commit_work *work, const struct storage_commit *commit,
                           struct compared_value *ret_value) {
    autobuffer struct buffer value = { 0 };
    struct key key = key_offsets(work->group, commit->topic_id, commit->partition);
    enum status status = database_get(&engine->database, engine->database.offsets, &key, &value, &ret_value->is_there,
                                      work->work.detail);
    struct committed committed = { .offset = 0 };
    if (status == STATUS_OK && ret_value->is_there && !committed_decode(buffer_bytes(&value), &committed))
        status = committed_damaged(work->work.detail);
    ret_value->offset = committed.offset;
    return status;
}

/* Before the work is queued, on a thread that may wait for the disk. */
static enum status look_up_all(struct engine *engine, struct lookup *lookup) {
    struct commit_work *work = (struct commit_work *)lookup->work;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < work->commit_count && status == STATUS_OK; i++) {
        struct compared_value value;
        if (work->compared[i] == NULL || compared_get(work->compared[i], &value) != COMPARED_AWAITED)
            continue;
        status = look_up(engine, work, &work->commits[i], &value);
        if (status == STATUS_OK)
            compared_fill(work->compared[i], value);
    }
    return status;
}

static enum status compare(struct engine *engine, struct commit_work *work, size_t i) {
    struct compared_value value;
    enum status status = STATUS_OK;
    if (compared_get(work->compared[i], &value) != COMPARED_KNOWN)
        status = look_up(engine, work, &work->commits[i], &value);
    if (status != STATUS_OK)
        return status;
    work->stored_known = value.is_there;
    work->stored = value.offset;
    return value.is_there && value.offset == work->commits[i].expected ? STATUS_OK : STATUS_OFFSET_MISMATCH;
}

static enum status check_commit(struct engine *engine, struct commit_work *work, size_t i) {
    const struct storage_commit *commit = &work->commits[i];
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
    return commit->has_expected ? compare(engine, work, i) : STATUS_OK;
}

/* Tells those who compare what is committed now; or, after a write that failed, that nobody knows. */
static void tell_compared(struct engine *engine, const struct commit_work *work, bool is_known) {
    for (size_t i = 0; i < work->commit_count; i++) {
        const struct storage_commit *commit = &work->commits[i];
        if (is_known)
            compared_put(&engine->compared, work->group, commit->topic_id, commit->partition,
                         (struct compared_value){ true, commit->offset });
        else
            compared_lose(&engine->compared, work->group, commit->topic_id, commit->partition);
    }
    compared_lose(&engine->compared, work->group, 0, 0);
}

static enum status commit_stage(struct engine *engine, struct work *base, struct commit_group *group) {
    struct commit_work *work = (struct commit_work *)base;
    for (size_t i = 0; i < work->commit_count; i++) {
        work->failed = i;
        enum status status = check_commit(engine, work, i);
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
    tell_compared(engine, work, true);
    group->sync = true;
    return STATUS_OK;
}

static void commit_written(struct engine *engine, struct work *base, enum status status) {
    tell_compared(engine, (struct commit_work *)base, status == STATUS_OK);
}

static const struct work_kind COMMIT = {
    .stage = commit_stage, .written = commit_written, .answer = commit_answer, .release = commit_release
};

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

/* From here on nobody writes what is compared without telling. *ret_any: something is. */
static enum status take_compared(struct engine *engine, struct commit_work *work, bool *ret_any) {
    for (size_t i = 0; i < work->commit_count; i++) {
        const struct storage_commit *commit = &work->commits[i];
        if (!commit->has_expected)
            continue;
        if (work->compared == NULL)
            work->compared = arena_array(&work->work.memory, work->commit_count, sizeof(struct compared *));
        if (work->compared != NULL)
            work->compared[i] = compared_take(&engine->compared, work->group, commit->topic_id, commit->partition);
        if (work->compared == NULL || work->compared[i] == NULL)
            return STATUS_NO_MEMORY;
        work->work.bytes += compared_bytes(work->group);
    }
    *ret_any = work->compared != NULL;
    return STATUS_OK;
}

static enum status start_commit(struct engine *engine, struct storage_offsets_commit *op) {
    if (op->commit_count == 0 || !key_group_valid(op->group))
        return STATUS_INVALID;
    struct commit_work *work = work_new(sizeof *work, &COMMIT, &op->op);
    if (work == NULL)
        return STATUS_NO_MEMORY;
    bool any = false;
    enum status status = copy_op(work, op);
    if (status == STATUS_OK)
        status = take_compared(engine, work, &any);
    if (status != STATUS_OK || !any)
        return committer_submit_made(engine, &work->work, status);
    lookup_for_work(engine, &work->work, look_up_all);
    return STATUS_OK;
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
