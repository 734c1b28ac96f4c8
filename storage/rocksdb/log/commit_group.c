/* Writing a group: stage, put the record batches together, write once, move the heads. Offsets are given out here,
 * so that a write which fails leaves no gap. */
#include "storage/rocksdb/log/commit_group.h"

#include "base/bits.h"
#include "base/clock.h"
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/record_batch.h"

#ifdef SABOTEUR_EARLY_ACK
#include <unistd.h>
#endif

enum {
    BATCH_PIECES_MAX = 512,    /* of one record batch: they stand on the stack */
    CEILING_OFFSETS = 1000000, /* so many offsets can be given out without a sync before the next ceiling is written */
};

uint64_t commit_group_touch(struct commit_group *group, struct partition *partition) {
    struct partition_staged *staged = &partition->staged;
    if (!staged->active) {
        int64_t last_ms = partition->received_at_ms;
        *staged = (struct partition_staged){
            .active = true,
            .next_offset = atomic_load_explicit(&partition->next_offset, memory_order_relaxed),
            .log_bytes = atomic_load_explicit(&partition->log_bytes, memory_order_relaxed),
            .received_at_ms = group->now_ms > last_ms ? group->now_ms : last_ms,
            .touched_before = group->touched,
        };
        group->touched = partition;
    }
    return staged->next_offset;
}

void commit_group_add(struct partition *partition, struct piece *piece) {
    struct partition_staged *staged = &partition->staged;
    piece->next = NULL;
    struct piece **behind = staged->newest != NULL ? &staged->newest->next : &staged->oldest;
    *behind = piece;
    staged->newest = piece;
    staged->next_offset += piece->count;
}

/* Puts one record batch, made of the pieces from `piece` on that fit into it, at *base_offset, which moves behind it.
 * Returns the first piece that is left. */
static const struct piece *put_record_batch(const struct database *database, rocksdb_writebatch_t *batch,
                                            struct partition *partition, const struct piece *piece,
                                            uint64_t *base_offset) {
    const char *slices[1 + BATCH_PIECES_MAX];
    size_t sizes[1 + BATCH_PIECES_MAX];
    int slice_count = 1;
    size_t size = 0;
    uint64_t count = 0;
    do {
        slices[slice_count] = piece->data;
        sizes[slice_count++] = piece->size;
        size += piece->size;
        count += piece->count;
        piece = piece->next;
    } while (piece != NULL && slice_count <= BATCH_PIECES_MAX && size <= RECORD_BATCH_BYTES_MAX &&
             piece->size <= RECORD_BATCH_BYTES_MAX - size);

    struct partition_staged *staged = &partition->staged;
    staged->log_bytes += KEY_LOG_BYTES + record_batch_header_size(count, count) + size;
    struct record_batch_header header = {
        .received_at_ms = staged->received_at_ms, .log_bytes = staged->log_bytes, .count = count, .span = count
    };
    char encoded[RECORD_BATCH_HEADER_BYTES_MAX];
    slices[0] = encoded;
    sizes[0] = record_batch_header_encode(&header, encoded);
    struct key key = key_log(partition->id, *base_offset);
    const char *key_slice = key.data;
    rocksdb_writebatch_putv_cf(batch, database->slots[partition->slot], 1, &key_slice, &key.size, slice_count, slices,
                               sizes);
    *base_offset += count;
    return piece;
}

static void put_records(const struct database *database, struct commit_group *group) {
    for (struct partition *partition = group->touched; partition != NULL;
         partition = partition->staged.touched_before) {
        uint64_t base_offset = atomic_load_explicit(&partition->next_offset, memory_order_relaxed);
        for (const struct piece *piece = partition->staged.oldest; piece != NULL;)
            piece = put_record_batch(database, group->batch, partition, piece, &base_offset);
    }
}

/* Offsets that are not synced may be seen and then lost with the machine. Before they are, a ceiling above them is made
 * durable, in the same write: after such a loss the partition goes on there (boot.c). */
static bool passes_ceiling(const struct commit_group *group) {
    for (struct partition *partition = group->touched; partition != NULL; partition = partition->staged.touched_before)
        if (partition->staged.next_offset > partition->ceiling)
            return true;
    return false;
}

static uint64_t ceiling_above(const struct partition *partition) {
    return partition->staged.next_offset + CEILING_OFFSETS;
}

static void put_ceilings(const struct database *database, struct commit_group *group) {
    for (struct partition *partition = group->touched; partition != NULL;
         partition = partition->staged.touched_before) {
        if (partition->staged.next_offset <= partition->ceiling)
            continue;
        struct key key = key_catalog_partition(CATALOG_CEILING, partition->id);
        struct value value = value_u64(ceiling_above(partition));
        write_put(group->batch, database->catalog, &key, value_bytes(&value));
    }
}

static void raise_ceilings(struct commit_group *group) {
    for (struct partition *partition = group->touched; partition != NULL; partition = partition->staged.touched_before)
        if (partition->staged.next_offset > partition->ceiling)
            partition->ceiling = ceiling_above(partition);
}

/* Forgets what is staged in partitions; the heads are where they were, or have been moved. */
static void untouch(struct commit_group *group) {
    while (group->touched != NULL) {
        struct partition *partition = group->touched;
        group->touched = partition->staged.touched_before;
        partition->staged = (struct partition_staged){ 0 };
    }
}

/* Lets readers see what was written, and tells who watches. Under the commit lock, so that heads are told in order; no
 * operation ever waits for that lock. */
static void publish(struct engine *engine, struct commit_group *group) {
    for (struct partition *partition = group->touched; partition != NULL;
         partition = partition->staged.touched_before) {
        const struct partition_staged *staged = &partition->staged;
        partition->received_at_ms = staged->received_at_ms;
        atomic_store(&partition->log_bytes, staged->log_bytes);
        /* Sequentially consistent, as the watcher's side: either it sees this head, or we see that it watches. */
        atomic_store(&partition->next_offset, staged->next_offset);
        if (atomic_load(&partition->watchers) > 0)
            engine->hooks.on_change(engine->hooks.context, partition->topic_id, partition->number, staged->next_offset);
    }
    if (group->touched != NULL)
        histogram_add(&engine->commits, clock_monotonic_us() - group->began_us);
}

static enum status failed(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]) {
    health_fail(&engine->health, detail);
    return STATUS_WRITE_UNKNOWN;
}

/* Writes, and counts how long the disk took where the write waits for it. */
static enum status write_batch(struct engine *engine, const rocksdb_writeoptions_t *how, rocksdb_writebatch_t *batch,
                               char detail[STORAGE_DETAIL_BYTES]) {
    int64_t began_us = clock_monotonic_us();
    enum status status = database_write(&engine->database, how, batch, detail);
    if (status == STATUS_OK && how == engine->database.synced)
        histogram_add(&engine->fsyncs, clock_monotonic_us() - began_us);
    return status;
}

static enum status write_group(struct engine *engine, struct commit_group *group, char detail[STORAGE_DETAIL_BYTES]) {
    put_records(&engine->database, group);

    bool ceilings = !group->sync && passes_ceiling(group);
    if (ceilings)
        put_ceilings(&engine->database, group);
    const rocksdb_writeoptions_t *how = group->sync || ceilings ? engine->database.synced : engine->database.unsynced;
    enum status status = write_batch(engine, how, group->batch, detail);
    if (status != STATUS_OK)
        return failed(engine, detail);

    if (ceilings)
        raise_ceilings(group);
    publish(engine, group);
    return STATUS_OK;
}

static void group_begin(struct engine *engine, struct commit_group *group) {
    rocksdb_writebatch_clear(engine->committer.batch);
    *group = (struct commit_group){ .batch = engine->committer.batch,
                                    .now_ms = clock_wall_ms(),
                                    .began_us = clock_monotonic_us() };
}

#ifdef SABOTEUR_EARLY_ACK
/* Breaks the promise of `disk`: answers before the write, and leaves time to be killed in between. */
static void answer_early(struct engine *engine, struct commit_group *group) {
    for (struct work *work = group->staged.oldest; work != NULL; work = work->newer) {
        work->kind->answer(engine, work);
        if (work->op != NULL)
            storage_op_done(work->op, STATUS_OK, NULL);
        work->op = NULL;
    }
    usleep(5000);
}
#endif

static enum status stage(struct engine *engine, struct work *work, struct commit_group *group) {
    if (work->deadline_ms != 0 && clock_monotonic_ms() >= work->deadline_ms)
        return STATUS_TIMED_OUT;
    return work->kind->stage(engine, work, group);
}

void commit_group_run(struct engine *engine, struct work_list *works) {
    struct commit_group group;
    group_begin(engine, &group);

    struct work_list refused = { 0 };
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status ready = health_check(&engine->health, detail);
    for (struct work *work; (work = work_list_take(works)) != NULL;) {
        work->status = ready == STATUS_OK ? stage(engine, work, &group) : ready;
        work_list_append(work->status == STATUS_OK ? &group.staged : &refused, work);
        if (ready != STATUS_OK)
            memcpy(work->detail, detail, sizeof detail);
    }
#ifdef SABOTEUR_EARLY_ACK
    answer_early(engine, &group);
#endif

    enum status status = group.staged.oldest != NULL ? write_group(engine, &group, detail) : STATUS_OK;
    untouch(&group);

    for (struct work *work; (work = work_list_take(&group.staged)) != NULL; work_list_append(works, work)) {
        work->status = status;
        if (work->kind->written != NULL)
            work->kind->written(engine, work, status);
        if (status != STATUS_OK)
            memcpy(work->detail, detail, sizeof detail);
    }
    for (struct work *work; (work = work_list_take(&refused)) != NULL;)
        work_list_append(works, work);
}

bool commit_group_try(struct engine *engine, struct work *work) {
    work->status = health_check(&engine->health, work->detail);
    if (work->status != STATUS_OK)
        return true;

    struct commit_group group;
    group_begin(engine, &group);
    work->status = stage(engine, work, &group);
    bool done = true;
    if (work->status == STATUS_OK && passes_ceiling(&group)) {
        done = false; /* this one needs a sync */
    } else if (work->status == STATUS_OK) {
        put_records(&engine->database, &group);
        work->status = write_batch(engine, engine->database.impatient, group.batch, work->detail);
        if (work->status == STATUS_OK)
            publish(engine, &group);
        else if (work->status == STATUS_OVERLOADED)
            done = false; /* RocksDB would have waited for a flush: nothing was written */
        else
            work->status = failed(engine, work->detail);
    }
    untouch(&group);
    if (!done)
        work->detail[0] = '\0';
    return done;
}

enum status commit_alone(struct engine *engine, rocksdb_writebatch_t *batch, char detail[STORAGE_DETAIL_BYTES]) {
    enum status status = write_batch(engine, engine->database.synced, batch, detail);
    return status == STATUS_OK ? STATUS_OK : failed(engine, detail);
}
