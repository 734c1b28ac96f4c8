/* What a consumer group has committed. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/offsets/committed.h"

/* All but what the key says, which is set. */
static enum status fill_committed(struct storage_offsets_fetch *fetch, struct scan *scan,
                                  struct storage_committed *committed, char detail[STORAGE_DETAIL_BYTES]) {
    struct committed value;
    if (!committed_decode(scan_value(scan), &value))
        return committed_damaged(detail);
    committed->offset = value.offset;
    committed->committed_at_ms = value.committed_at_ms;
    committed->metadata = value.metadata;
    if (!bytes_present(value.metadata))
        return STATUS_OK;
    committed->metadata.data = arena_copy(&fetch->memory, value.metadata.data, value.metadata.size);
    return committed->metadata.data != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Appends what the scan gives, but for topics that are gone. */
static enum status gather_committed(struct engine *engine, struct storage_offsets_fetch *fetch, struct scan *scan,
                                    struct buffer *found, char detail[STORAGE_DETAIL_BYTES]) {
    uint64_t asked_id = 0; /* keys come by topic: each is looked for once */
    bool is_there = false;
    for (; scan_valid(scan); scan_next(scan)) {
        struct bytes group;
        struct storage_committed committed;
        if (!key_offsets_parse(scan_key(scan), &group, &committed.topic_id, &committed.partition))
            return committed_damaged(detail);
        if (committed.topic_id != asked_id)
            is_there = topic_table_has(&engine->topics, committed.topic_id);
        asked_id = committed.topic_id;
        if (!is_there)
            continue;
        enum status status = fill_committed(fetch, scan, &committed, detail);
        if (status != STATUS_OK)
            return status;
        buffer_append(found, &committed, sizeof committed);
    }
    return scan_end(scan, detail);
}

static void fetch_clear(struct storage_op *op) { storage_offsets_fetch_finish((struct storage_offsets_fetch *)op); }

static enum status fetch_run(struct engine *engine, struct lookup *lookup) {
    struct storage_offsets_fetch *fetch = (struct storage_offsets_fetch *)lookup->op;
    autobuffer struct buffer found = { 0 }; /* of struct storage_committed */
    struct key lower = key_offsets_group(lookup->group);
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.offsets, lower, key_offsets_group_end(lookup->group),
              SCAN_DISK);

    scan_seek(&scan, &lower);
    enum status status = gather_committed(engine, fetch, &scan, &found, lookup->detail);
    if (status != STATUS_OK)
        return status;
    if (found.size == 0)
        return found.failed ? STATUS_NO_MEMORY : STATUS_GROUP_NOT_FOUND;
    fetch->committed = !found.failed ? (void *)arena_copy(&fetch->memory, found.data, found.size) : NULL;
    fetch->count = found.size / sizeof fetch->committed[0];
    return fetch->committed != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void engine_offsets_fetch(struct storage *storage, struct storage_offsets_fetch *fetch) {
    storage_offsets_fetch_init(fetch);
    struct lookup lookup = { .op = &fetch->op, .run = fetch_run, .clear = fetch_clear, .group = fetch->group };
    lookup_start(engine_of(storage), &lookup, key_group_valid(fetch->group) ? STATUS_OK : STATUS_GROUP_NOT_FOUND);
}
