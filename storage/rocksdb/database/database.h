/* The database below the engine: its column families, its options, and the few ways in which the engine touches it. */
#ifndef TAILRACE_STORAGE_ROCKSDB_DATABASE_DATABASE_H
#define TAILRACE_STORAGE_ROCKSDB_DATABASE_DATABASE_H

#include "base/buffer.h"
#include "storage/rocksdb/database/keys.h"
#include "storage/rocksdb/rocksdb.h"

#include <rocksdb/c.h>

struct database {
    rocksdb_t *db;
    rocksdb_column_family_handle_t **handles; /* all of them, the unused default one too: each must be closed */
    size_t handle_count;
    rocksdb_column_family_handle_t *catalog; /* borrowed from handles, as the next two */
    rocksdb_column_family_handle_t *offsets;
    rocksdb_column_family_handle_t **slots; /* log-000, log-001, … */
    unsigned slot_count;
    rocksdb_writeoptions_t *synced;    /* returns when the disk has it */
    rocksdb_writeoptions_t *unsynced;  /* returns when the operating system has it */
    rocksdb_writeoptions_t *impatient; /* as unsynced, but fails with "incomplete" rather than wait for a flush */
    rocksdb_readoptions_t *reading;
};

/* Opens or creates, with at least options->column_families slots. `detail` says what failed. One thread, as the next. */
enum status database_open(const struct rocksdb_storage_options *options, struct database *ret_database,
                          char detail[STORAGE_DETAIL_BYTES]);
void database_close(struct database *database); /* fine when half made */

/* Reads one value. *ret_found tells whether there is one; it is appended to `value`. Any thread. */
enum status database_get(const struct database *database, rocksdb_column_family_handle_t *family, const struct key *key,
                         struct buffer *value, bool *ret_found, char detail[STORAGE_DETAIL_BYTES]);

/* Writes a batch whole or not at all. Any thread. */
enum status database_write(const struct database *database, const rocksdb_writeoptions_t *how,
                           rocksdb_writebatch_t *batch, char detail[STORAGE_DETAIL_BYTES]);

void write_put(rocksdb_writebatch_t *batch, rocksdb_column_family_handle_t *family, const struct key *key,
               struct bytes value);
void write_delete(rocksdb_writebatch_t *batch, rocksdb_column_family_handle_t *family, const struct key *key);

static inline void write_batch_destroy_local(rocksdb_writebatch_t **batch) {
    if (*batch != NULL)
        rocksdb_writebatch_destroy(*batch);
}
#define autowrite __attribute__((cleanup(write_batch_destroy_local)))

#endif
