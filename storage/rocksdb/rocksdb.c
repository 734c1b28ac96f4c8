/* The engine as a whole: its table of operations, opening and closing. */
#include "storage/rocksdb/rocksdb.h"

#include "base/memory.h"
#include "storage/rocksdb/database/family_names.h"
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/load.h"

#include <stdio.h>

/* From meson.build: RocksDB's own header of versions is C++. */
#ifndef ROCKSDB_LIBRARY_VERSION
#define ROCKSDB_LIBRARY_VERSION "unknown"
#endif

enum { MIB = 1024 * 1024 };

struct rocksdb_storage_options rocksdb_storage_defaults(void) {
    return (struct rocksdb_storage_options){
        .column_families = 64,
        .read_threads = 4,
        .queue_bytes_max = 128 * MIB,
        .write_buffer_bytes = 128 * MIB,
        .table_bytes = 64 * MIB,
        .block_cache_bytes = 64 * MIB,
        .free_bytes_min = 256 * MIB,
    };
}

const char *rocksdb_storage_library_version(void) { return ROCKSDB_LIBRARY_VERSION; }

static enum status engine_health(struct storage *storage, char *ret_detail, size_t detail_bytes) {
    struct engine *engine = engine_of(storage);
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status status = atomic_load(&engine->closing) ? STATUS_CLOSING : health_check(&engine->health, detail);
    snprintf(ret_detail, detail_bytes, "%s", detail);
    return status;
}

static void engine_stats(struct storage *storage, struct storage_stats *ret_stats) {
    struct engine *engine = engine_of(storage);
    histogram_read(&engine->commits, &ret_stats->commits);
    histogram_read(&engine->fsyncs, &ret_stats->fsyncs);
    ret_stats->queued_bytes = committer_queued_bytes(engine);
}

/* ---- closing ---------------------------------------------------------------------------------------------------- */

/* Takes down what is there; also what opening has only half made. */
static void engine_free(struct engine *engine) {
    database_close(&engine->database);
    topic_table_finish(&engine->topics);
    committer_finish(&engine->committer);
    compared_finish(&engine->compared);
    health_finish(&engine->health);
    mem_free(engine);
}

static void engine_close(struct storage *storage) {
    if (storage == NULL)
        return;
    struct engine *engine = engine_of(storage);
    atomic_store(&engine->closing, true);
    engine_wait_for_calls(engine);
    readers_stop(engine); /* first: what they look up may be for a write */
    committer_stop(engine);
    forgetter_stop(engine);
    engine_wait_for_calls(engine); /* that `done` made of the last operations, to be refused */
    char detail[STORAGE_DETAIL_BYTES];
    if (health_check(&engine->health, detail) != STATUS_READ_ONLY)
        (void)boot_end(engine, detail); /* if it fails, the next opening takes this end for an unclean one */
    engine_free(engine);
}

static const struct storage_ops OPS = {
    .append = engine_append,
    .read = engine_read,
    .bounds = engine_bounds,
    .offset_at_time = engine_offset_at_time,
    .topic_create = engine_topic_create,
    .topic_alter = engine_topic_alter,
    .topic_delete = engine_topic_delete,
    .offsets_commit = engine_offsets_commit,
    .offsets_fetch = engine_offsets_fetch,
    .groups_list = engine_groups_list,
    .group_delete = engine_group_delete,
    .watch = engine_watch,
    .unwatch = engine_unwatch,
    .health = engine_health,
    .stats = engine_stats,
    .close = engine_close,
};

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static enum status check_options(const struct rocksdb_storage_options *options, char detail[STORAGE_DETAIL_BYTES]) {
    if (options->directory != NULL && options->directory[0] != '\0' && options->column_families >= 1 &&
        options->column_families <= FAMILY_SLOTS_MAX && options->read_threads >= 1)
        return STATUS_OK;
    snprintf(detail, STORAGE_DETAIL_BYTES, "a directory, 1 to %d column families and at least 1 read thread are needed",
             FAMILY_SLOTS_MAX);
    return STATUS_INVALID;
}

/* The data, and what of it is kept in memory. No thread runs yet. */
static enum status open_data(struct engine *engine, const struct rocksdb_storage_options *options,
                             char detail[STORAGE_DETAIL_BYTES]) {
    enum status status = database_open(options, &engine->database, detail);
    if (status == STATUS_OK)
        status = health_init(&engine->health, options->directory, options->free_bytes_min);
    if (status == STATUS_OK)
        status = topic_table_init(&engine->topics, engine->database.slot_count);
    if (status == STATUS_OK) {
        committer_init(&engine->committer, options->queue_bytes_max);
        compared_init(&engine->compared);
        status = load_catalog(engine, detail);
    }
    if (status == STATUS_OK)
        status = load_heads(engine, detail);
    if (status == STATUS_OK)
        status = boot_begin(engine, options->boot_id, detail);
    return status;
}

static void tell_topics(struct engine *engine) {
    const struct topic_table *topics = &engine->topics;
    for (size_t i = 0; i < topics->count; i++)
        engine->hooks.on_topic(engine->hooks.context, topics->entries[i]->topic, false, topics->version);
    engine->hooks.on_topic(engine->hooks.context, NULL, false, topics->version);
}

static enum status start_threads(struct engine *engine, unsigned read_threads) {
    enum status status = readers_start(engine, read_threads);
    if (status == STATUS_OK)
        status = forgetter_start(engine);
    if (status == STATUS_OK)
        status = committer_start(engine);
    if (status != STATUS_OK) {
        forgetter_stop(engine);
        readers_stop(engine);
    }
    return status;
}

enum status rocksdb_storage_open(const struct rocksdb_storage_options *options, const struct storage_hooks *hooks,
                                 struct storage **ret_storage, char *ret_detail, size_t detail_bytes) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status status = check_options(options, detail);
    struct engine *engine = NULL;
    if (status == STATUS_OK && (engine = mem_zero(1, sizeof *engine)) == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        engine->hooks = *hooks;
        engine->storage = (struct storage){ .ops = &OPS, .capabilities = TOPIC_CAPABILITIES };
        status = open_data(engine, options, detail);
    }
    if (status == STATUS_OK)
        status = start_threads(engine, options->read_threads);
    if (status != STATUS_OK) {
        snprintf(ret_detail, detail_bytes, "%s", detail[0] != '\0' ? detail : "out of memory");
        if (engine != NULL)
            engine_free(engine);
        return status;
    }
    tell_topics(engine);
    *ret_storage = &engine->storage;
    return STATUS_OK;
}
