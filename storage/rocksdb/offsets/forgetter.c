/* Removes what was committed for topics that are gone: one walk over the family for all marks that there are. */
#include "storage/rocksdb/offsets/forgetter.h"

#include "base/buffer.h"
#include "storage/rocksdb/engine.h"

#include <stdlib.h>

/* Deletions of one write: other writes wait for so long, a fifth of a millisecond. */
enum { DELETIONS_MAX = 256 };

static size_t id_count(const struct buffer *ids) { return ids->size / sizeof(uint64_t); }

/* The ids of all topics that are marked, in order. */
static enum status find_marks(struct engine *engine, struct buffer *ids, char detail[STORAGE_DETAIL_BYTES]) {
    struct key lower = key_catalog(CATALOG_FORGOTTEN);
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.catalog, lower, key_catalog(CATALOG_FORGOTTEN + 1), SCAN_DISK);
    for (scan_seek(&scan, &lower); scan_valid(&scan); scan_next(&scan)) {
        uint64_t topic_id;
        if (!key_catalog_topic_parse(scan_key(&scan), &topic_id))
            return STATUS_CORRUPT;
        buffer_append(ids, &topic_id, sizeof topic_id);
    }
    return ids->failed ? STATUS_NO_MEMORY : scan_end(&scan, detail);
}

static int compare_ids(const void *left, const void *right) {
    const uint64_t *a = left;
    const uint64_t *b = right;
    return *a < *b ? -1 : *a > *b;
}

static bool has_id(const struct buffer *ids, uint64_t topic_id) {
    return bsearch(&topic_id, ids->data, id_count(ids), sizeof topic_id, compare_ids) != NULL;
}

/* Unsynced: what a loss takes back is still marked, as marks go behind it in the same log. A full disk is no reason to
 * stop, since this frees space; a failed write is. Takes the commit lock, since who holds it is the only one to write. */
static enum status write_removals(struct engine *engine, rocksdb_writebatch_t *batch,
                                  char detail[STORAGE_DETAIL_BYTES]) {
    pthread_mutex_lock(&engine->committer.commit_lock);
    enum status status = health_check(&engine->health, detail);
    if (status == STATUS_OK || status == STATUS_DISK_FULL) {
        status = database_write(&engine->database, engine->database.unsynced, batch, detail);
        if (status != STATUS_OK)
            health_fail(&engine->health, detail);
    }
    pthread_mutex_unlock(&engine->committer.commit_lock);
    rocksdb_writebatch_clear(batch);
    return status;
}

/* Adds the removal of all that is of these topics, and writes all but the last part of it. STATUS_CLOSING: cut off. */
static enum status remove_offsets(struct engine *engine, const struct buffer *ids, rocksdb_writebatch_t *batch,
                                  char detail[STORAGE_DETAIL_BYTES]) {
    struct key lower = key_offsets_prefix("");
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.offsets, lower, key_offsets_last(), SCAN_PASSING);
    enum status status = STATUS_OK;
    for (scan_seek(&scan, &lower); scan_valid(&scan) && status == STATUS_OK; scan_next(&scan)) {
        struct bytes raw = scan_key(&scan);
        struct bytes group;
        uint64_t topic_id;
        uint32_t partition;
        if (atomic_load(&engine->forgetter.stopping))
            return STATUS_CLOSING;
        if (!key_offsets_parse(raw, &group, &topic_id, &partition) || !has_id(ids, topic_id))
            continue; /* a damaged one is of nobody, and is told to who asks for groups */
        rocksdb_writebatch_delete_cf(batch, engine->database.offsets, raw.data, raw.size);
        if (rocksdb_writebatch_count(batch) >= DELETIONS_MAX)
            status = write_removals(engine, batch, detail);
    }
    return status == STATUS_OK ? scan_end(&scan, detail) : status;
}

/* All marks that there are now. What fails stays marked, for the next time: nobody waits for it. */
static void forget_marked(struct engine *engine) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    autobuffer struct buffer ids = { 0 }; /* of uint64_t, in order, as the keys are */
    if (find_marks(engine, &ids, detail) != STATUS_OK || id_count(&ids) == 0)
        return;

    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    if (remove_offsets(engine, &ids, batch, detail) != STATUS_OK)
        return;
    const uint64_t *topic_ids = (const uint64_t *)(const void *)ids.data;
    for (size_t i = 0; i < id_count(&ids); i++) {
        struct key key = key_catalog_forgotten(topic_ids[i]);
        write_delete(batch, engine->database.catalog, &key);
    }
    (void)write_removals(engine, batch, detail);
}

/* False: it is time to stop. */
static bool wait_until_wanted(struct forgetter *forgetter) {
    pthread_mutex_lock(&forgetter->lock);
    while (!forgetter->wanted && !atomic_load(&forgetter->stopping))
        pthread_cond_wait(&forgetter->changed, &forgetter->lock);
    forgetter->wanted = false;
    pthread_mutex_unlock(&forgetter->lock);
    return !atomic_load(&forgetter->stopping);
}

static void *forgetter_main(void *context) {
    struct engine *engine = context;
    while (wait_until_wanted(&engine->forgetter))
        forget_marked(engine);
    return NULL;
}

enum status forgetter_start(struct engine *engine) {
    struct forgetter *forgetter = &engine->forgetter;
    pthread_mutex_init(&forgetter->lock, NULL);
    pthread_cond_init(&forgetter->changed, NULL);
    forgetter->wanted = true;
    forgetter->started = pthread_create(&forgetter->thread, NULL, forgetter_main, engine) == 0;
    if (forgetter->started)
        return STATUS_OK;
    pthread_mutex_destroy(&forgetter->lock);
    pthread_cond_destroy(&forgetter->changed);
    return STATUS_NO_MEMORY;
}

void forgetter_stop(struct engine *engine) {
    struct forgetter *forgetter = &engine->forgetter;
    if (!forgetter->started)
        return;
    pthread_mutex_lock(&forgetter->lock);
    atomic_store(&forgetter->stopping, true);
    pthread_cond_signal(&forgetter->changed);
    pthread_mutex_unlock(&forgetter->lock);
    pthread_join(forgetter->thread, NULL);
    pthread_mutex_destroy(&forgetter->lock);
    pthread_cond_destroy(&forgetter->changed);
    forgetter->started = false;
}

void forgetter_wake(struct engine *engine) {
    struct forgetter *forgetter = &engine->forgetter;
    pthread_mutex_lock(&forgetter->lock);
    forgetter->wanted = true;
    pthread_cond_signal(&forgetter->changed);
    pthread_mutex_unlock(&forgetter->lock);
}
