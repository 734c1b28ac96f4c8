/* What a consumer group has committed. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/offsets/committed.h"

static enum status fill_committed(struct storage_offsets_fetch *fetch, struct scan *scan,
                                  struct storage_committed *committed, char detail[STORAGE_DETAIL_BYTES]) {
    struct bytes group;
    struct committed value;
    if (!key_offsets_parse(scan_key(scan), &group, &committed->topic_id, &committed->partition) ||
        !committed_decode(scan_value(scan), &value))
        return committed_damaged(detail);
    committed->offset = value.offset;
    committed->committed_at_ms = value.committed_at_ms;
    committed->metadata = value.metadata;
    if (!bytes_present(value.metadata))
        return STATUS_OK;
    committed->metadata.data = arena_copy(&fetch->memory, value.metadata.data, value.metadata.size);
    return committed->metadata.data != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static void fetch_clear(struct storage_op *op) { storage_offsets_fetch_finish((struct storage_offsets_fetch *)op); }

static enum status fetch_run(struct engine *engine, struct lookup *lookup) {
    struct storage_offsets_fetch *fetch = (struct storage_offsets_fetch *)lookup->op;
    autobuffer struct buffer found = { 0 }; /* of struct storage_committed */
    struct key lower = key_offsets_group(lookup->group);
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.offsets, lower, key_offsets_group_end(lookup->group),
              SCAN_DISK);

    size_t count = 0;
    enum status status = STATUS_OK;
    for (scan_seek(&scan, &lower); scan_valid(&scan) && status == STATUS_OK; scan_next(&scan), count++) {
        struct storage_committed committed;
        status = fill_committed(fetch, &scan, &committed, lookup->detail);
        buffer_append(&found, &committed, sizeof committed);
    }
    if (status == STATUS_OK)
        status = scan_status(&scan, lookup->detail);
    if (status == STATUS_OK && count == 0)
        status = STATUS_GROUP_NOT_FOUND;

    if (status == STATUS_OK) {
        fetch->committed = !found.failed ? (void *)arena_copy(&fetch->memory, found.data, found.size) : NULL;
        fetch->count = count;
        if (fetch->committed == NULL)
            status = STATUS_NO_MEMORY;
    }
    return status;
}

void engine_offsets_fetch(struct storage *storage, struct storage_offsets_fetch *fetch) {
    storage_offsets_fetch_init(fetch);
    struct lookup lookup = { .op = &fetch->op, .run = fetch_run, .clear = fetch_clear, .group = fetch->group };
    lookup_start(engine_of(storage), &lookup, key_group_valid(fetch->group) ? STATUS_OK : STATUS_GROUP_NOT_FOUND);
}
