/* Forgetting what a group has committed: all of it, or what it has for one topic. The keys are gathered before the work is
 * queued, so that the commit lock is held for the write alone; unless something of the group is written meanwhile, which makes it
 * look once more. */
#include "base/memory.h"
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"
#include "storage/rocksdb/log/readers.h"
#include "storage/rocksdb/offsets/committed.h"
#include "storage/rocksdb/offsets/compared.h"

struct forget_work {
    struct work work;
    char *group;
    uint64_t topic_id;       /* 0: all */
    struct compared *others; /* a reference: whether others write something of the group */
    struct buffer places;    /* struct place: what is there, in order */
};

struct place {
    uint64_t topic_id;
    uint32_t partition;
};

static size_t place_count(const struct forget_work *work) { return work->places.size / sizeof(struct place); }

static struct place place_at(const struct forget_work *work, size_t i) {
    struct place place;
    memcpy(&place, work->places.data + i * sizeof place, sizeof place);
    return place;
}

static enum status gather(struct engine *engine, struct forget_work *work) {
    struct key lower = work->topic_id != 0 ? key_offsets(work->group, work->topic_id, 0)
                                           : key_offsets_group(work->group);
    struct key upper = work->topic_id != 0 ? key_offsets_topic_end(bytes_text(work->group), work->topic_id)
                                           : key_offsets_group_end(work->group);
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.offsets, lower, upper, SCAN_DISK);
    buffer_clear(&work->places);
    for (scan_seek(&scan, &lower); scan_valid(&scan); scan_next(&scan)) {
        struct bytes group;
        struct place place = { 0 };
        if (!key_offsets_parse(scan_key(&scan), &group, &place.topic_id, &place.partition))
            return committed_damaged(work->work.detail);
        buffer_append(&work->places, &place, sizeof place);
    }
    return work->places.failed ? STATUS_NO_MEMORY : scan_end(&scan, work->work.detail);
}

static enum status gather_first(struct engine *engine, struct lookup *lookup) {
    struct forget_work *work = (struct forget_work *)lookup->work;
    enum status status = gather(engine, work);
    work->work.bytes += work->places.size;
    return status == STATUS_OK ? committer_reserve(engine, &work->work) : status;
}

/* Nobody is shown what was committed for topics that are gone; it may still lie there. */
static bool any_is_shown(struct engine *engine, const struct forget_work *work) {
    uint64_t asked_id = 0;
    for (size_t i = 0; i < place_count(work); i++) {
        uint64_t topic_id = place_at(work, i).topic_id;
        if (topic_id != asked_id && topic_table_has(&engine->topics, topic_id))
            return true;
        asked_id = topic_id;
    }
    return false;
}

/* One by one: range tombstones among short-lived keys would slow every later look-up. */
static enum status remove_all(struct engine *engine, struct forget_work *work) {
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    for (size_t i = 0; i < place_count(work); i++) {
        struct place place = place_at(work, i);
        struct key key = key_offsets(work->group, place.topic_id, place.partition);
        write_delete(batch, engine->database.offsets, &key);
    }
    enum status status = commit_alone(engine, batch, work->work.detail);
    for (size_t i = 0; i < place_count(work); i++) {
        struct place place = place_at(work, i);
        if (status == STATUS_OK)
            compared_put(&engine->compared, work->group, place.topic_id, place.partition, (struct compared_value){ 0 });
        else
            compared_lose(&engine->compared, work->group, place.topic_id, place.partition);
    }
    compared_lose(&engine->compared, work->group, 0, 0);
    return status;
}

static enum status forget_run(struct engine *engine, struct work *base) {
    struct forget_work *work = (struct forget_work *)base;
    struct compared_value none;
    enum status status = STATUS_OK;
    if (compared_get(work->others, &none) == COMPARED_LOST)
        status = gather(engine, work);
    compared_release(take(&work->others)); /* now: who asks after this has ended begins with an entry of its own */
    if (status != STATUS_OK)
        return status;
    return any_is_shown(engine, work) ? remove_all(engine, work) : STATUS_GROUP_NOT_FOUND;
}

static void forget_release(struct work *base) {
    struct forget_work *work = (struct forget_work *)base;
    compared_release(work->others);
    buffer_finish(&work->places);
}

static const struct work_kind FORGET = { .run = forget_run, .release = forget_release, .frees_space = true };

static enum status start_forgetting(struct engine *engine, struct storage_group_delete *op) {
    if (!key_group_valid(op->group))
        return STATUS_GROUP_NOT_FOUND;
    struct forget_work *work = work_new(sizeof *work, &FORGET, &op->op);
    if (work == NULL)
        return STATUS_NO_MEMORY;
    work->topic_id = op->topic_id;
    work->group = arena_copy(&work->work.memory, op->group, strlen(op->group));
    work->others = work->group != NULL ? compared_take(&engine->compared, work->group, 0, 0) : NULL;
    if (work->others == NULL)
        return committer_submit_made(engine, &work->work, STATUS_NO_MEMORY);
    lookup_for_work(engine, &work->work, gather_first);
    return STATUS_OK;
}

void engine_group_delete(struct storage *storage, struct storage_group_delete *op) {
    struct engine *engine = engine_of(storage);
    if (!engine_enter(engine, &op->op))
        return;
    engine_leave_started(engine, &op->op, start_forgetting(engine, op));
}
