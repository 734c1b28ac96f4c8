/* Appending: the thread that brings a request encodes its records into pieces, one run a partition; the committer gives
 * them offsets (commit_group.c). */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"
#include "storage/rocksdb/log/record_batch.h"

enum { IMMEDIATE_BYTES_MAX = 4 * 1024 * 1024 }; /* more is not written on the calling thread */

struct append_extent {
    struct partition *partition;
    struct piece *pieces;
    size_t piece_count;
    uint32_t count;
    uint64_t first_offset;
};

struct append_work {
    struct work work;
    struct topic_entry *entry; /* keeps the partitions */
    enum storage_ack ack;
    struct append_extent *extents; /* in partition order */
    size_t extent_count;
};

/* What a request brings for one partition, and how far its encoding has come. */
struct share {
    uint32_t count;
    size_t bytes;
    size_t piece_count;
    size_t piece_bytes;  /* of the last piece */
    struct piece *piece; /* that is being filled, or NULL */
    struct piece *next_piece;
    char *at;
};

static enum status append_stage(struct engine *engine, struct work *work, struct commit_group *group) {
    (void)engine;
    struct append_work *append = (struct append_work *)work;
    if (atomic_load(&append->extents[0].partition->deleted))
        return STATUS_TOPIC_NOT_FOUND;
    for (size_t i = 0; i < append->extent_count; i++) {
        struct append_extent *extent = &append->extents[i];
        extent->first_offset = commit_group_touch(group, extent->partition);
        for (size_t j = 0; j < extent->piece_count; j++)
            commit_group_add(extent->partition, &extent->pieces[j]);
    }
    if (append->ack == STORAGE_ACK_DISK)
        group->sync = true;
    return STATUS_OK;
}

static void append_answer(struct engine *engine, struct work *work) {
    (void)engine;
    const struct append_work *append = (const struct append_work *)work;
    struct storage_append *op = (struct storage_append *)work->op;
    if (work->status != STATUS_OK)
        return;
    for (size_t i = 0; i < append->extent_count; i++)
        op->extents[i] = (struct storage_extent){ .partition = append->extents[i].partition->number,
                                                  .count = append->extents[i].count,
                                                  .first_offset = append->extents[i].first_offset };
    op->ret_extent_count = append->extent_count;
    op->ret_ack = append->ack;
}

static void append_release(struct work *work) { topic_entry_unref(((struct append_work *)work)->entry); }

static const struct work_kind APPEND = { .stage = append_stage, .answer = append_answer, .release = append_release };

/* Whether a record does not go into the piece before it. The same rule cuts record batches. */
static bool starts_piece(size_t piece_bytes, size_t record_bytes) {
    return piece_bytes > RECORD_BATCH_BYTES_MAX || record_bytes > RECORD_BATCH_BYTES_MAX - piece_bytes;
}

/* Checks the records and adds up what each partition gets. */
static enum status measure(const struct storage_append *op, const struct topic_entry *entry, size_t bytes_max,
                           struct share *shares, size_t *ret_bytes) {
    size_t total = 0;
    for (size_t i = 0; i < op->record_count; i++) {
        const struct storage_record *record = &op->records[i];
        if (record->partition >= entry->partition_count)
            return STATUS_PARTITION_NOT_FOUND;
        size_t size;
        if (record->timestamp_ms < STORAGE_TIME_NONE || !record_encoded_size(record, &size))
            return STATUS_INVALID;
        if (size > bytes_max - total)
            return STATUS_OVERLOADED;
        total += size;
        struct share *share = &shares[record->partition];
        if (share->count == 0 || starts_piece(share->piece_bytes, size)) {
            share->piece_count++;
            share->piece_bytes = 0;
        }

        share->piece_bytes += size;
        share->bytes += size;
        share->count++;
    }
    *ret_bytes = total;
    return STATUS_OK;
}

/* Makes the extents, with room for their pieces and records. */
static enum status lay_out(struct append_work *append, struct share *shares) {
    const struct topic_entry *entry = append->entry;
    struct arena *memory = &append->work.memory;
    size_t extent_count = 0;
    for (uint32_t i = 0; i < entry->partition_count; i++)
        extent_count += shares[i].count > 0;
    append->extents = arena_array(memory, extent_count, sizeof append->extents[0]);
    if (append->extents == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < entry->partition_count; i++) {
        struct share *share = &shares[i];
        if (share->count == 0)
            continue;
        share->next_piece = arena_array(memory, share->piece_count, sizeof(struct piece));
        share->at = arena_alloc(memory, share->bytes);
        if (share->next_piece == NULL || share->at == NULL)
            return STATUS_NO_MEMORY;
        append->extents[append->extent_count++] = (struct append_extent){ .partition = entry->partitions[i],
                                                                          .pieces = share->next_piece,
                                                                          .piece_count = share->piece_count,
                                                                          .count = share->count };
    }
    return STATUS_OK;
}

static void encode(const struct storage_append *op, struct share *shares) {
    for (size_t i = 0; i < op->record_count; i++) {
        struct share *share = &shares[op->records[i].partition];
        char *end = record_encode(&op->records[i], share->at);
        size_t size = (size_t)(end - share->at);
        if (share->piece == NULL || starts_piece(share->piece->size, size)) {
            share->piece = share->next_piece++;
            share->piece->data = share->at;
        }
        share->piece->size += size;
        share->piece->count++;
        share->at = end;
    }
}

static enum status fill(struct append_work *append, const struct storage_append *op, size_t bytes_max) {
    struct share *shares = arena_array(&append->work.memory, append->entry->partition_count, sizeof *shares);
    if (shares == NULL)
        return STATUS_NO_MEMORY;
    size_t bytes = 0;
    enum status status = measure(op, append->entry, bytes_max, shares, &bytes);
    if (status == STATUS_OK)
        status = lay_out(append, shares);
    if (status != STATUS_OK)
        return status;
    encode(op, shares);
    append->work.bytes = bytes + sizeof *append + append->extent_count * sizeof append->extents[0];
    return STATUS_OK;
}

/* Takes over the reference to the topic, also when it fails. */
static enum status append_work_new(struct topic_entry *entry, struct storage_append *op, size_t bytes_max,
                                   struct append_work **ret_append) {
    struct append_work *append = work_new(sizeof *append, &APPEND, &op->op);
    if (append == NULL) {
        topic_entry_unref(entry);
        return STATUS_NO_MEMORY;
    }
    append->entry = entry;
    append->ack = op->ack;
    enum status status = fill(append, op, bytes_max);
    if (status != STATUS_OK) {
        work_free(&append->work);
        return status;
    }
    *ret_append = append;
    return STATUS_OK;
}

/* With STORAGE_ACK_NONE the operation ends as soon as the queue has the records. */
static void queue_unanswered(struct engine *engine, struct append_work *append) {
    struct storage_append *op = (struct storage_append *)append->work.op;
    append->work.op = NULL;
    append->work.deadline_ms = 0;
    enum status status = committer_queue(engine, &append->work);
    if (status != STATUS_OK) {
        append->work.op = &op->op;
        work_finish(engine, &append->work, status);
        return;
    }
    op->ret_ack = STORAGE_ACK_NONE;
    storage_op_done(&op->op, STATUS_OK, NULL);
}

static enum status start(struct engine *engine, struct storage_append *op, struct append_work **ret_append) {
    if (!storage_can_ack(TOPIC_CAPABILITIES, op->ack))
        return STATUS_UNSUPPORTED;
    if (op->record_count == 0 || op->record_count > UINT32_MAX)
        return STATUS_INVALID;
    struct topic_entry *entry = topic_table_find(&engine->topics, op->topic_id);
    if (entry == NULL)
        return STATUS_TOPIC_NOT_FOUND;
    return append_work_new(entry, op, engine->committer.queued_bytes_max, ret_append);
}

void engine_append(struct storage *storage, struct storage_append *op) {
    struct engine *engine = engine_of(storage);
    op->ret_extent_count = 0;
    if (!engine_enter(engine, &op->op))
        return;
    struct append_work *append;
    enum status status = start(engine, op, &append);
    if (status != STATUS_OK)
        storage_op_done(&op->op, status, NULL);
    else if (append->ack == STORAGE_ACK_NONE)
        queue_unanswered(engine, append);
    else if (append->ack != STORAGE_ACK_OS || append->work.bytes > IMMEDIATE_BYTES_MAX ||
             !committer_try(engine, &append->work))
        committer_submit(engine, &append->work);
    engine_leave(engine);
}
