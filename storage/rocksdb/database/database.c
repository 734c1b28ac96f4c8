/* Opening and closing the database with all its column families; reading one value; writing a batch. */
#include "storage/rocksdb/database/database.h"

#include "base/memory.h"
#include "storage/rocksdb/database/error.h"
#include "storage/rocksdb/database/family_names.h"
#include "storage/rocksdb/database/options.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static enum status make_directory(const char *directory, char detail[STORAGE_DETAIL_BYTES]) {
    if (mkdir(directory, 0777) == 0 || errno == EEXIST)
        return STATUS_OK;
    snprintf(detail, STORAGE_DETAIL_BYTES, "cannot create directory %s: %m", directory);
    return STATUS_IO;
}

static enum status open_families(struct database *database, const char *directory, const struct family_names *names,
                                 const struct database_options *options, char detail[STORAGE_DETAIL_BYTES]) {
    autofree const rocksdb_options_t **each = mem_zero(names->count, sizeof *each);
    database->handles = mem_zero(names->count, sizeof(rocksdb_column_family_handle_t *));
    database->slots = mem_zero(names->slot_count, sizeof(rocksdb_column_family_handle_t *));
    if (each == NULL || database->handles == NULL || database->slots == NULL)
        return STATUS_NO_MEMORY;
    unsigned slot;
    for (size_t i = 0; i < names->count; i++)
        each[i] = family_name_slot(names->names[i], &slot) ? options->log : options->small;
    char *error = NULL;
    database->db = rocksdb_open_column_families(options->small, directory, (int)names->count,
                                                (const char *const *)names->names, each, database->handles, &error);
    enum status status = error_take(error, "cannot open the data", detail);
    if (status != STATUS_OK)
        return status;
    database->handle_count = names->count;
    database->slot_count = names->slot_count;
    for (size_t i = 0; i < names->count; i++) {
        if (family_name_slot(names->names[i], &slot))
            database->slots[slot] = database->handles[i];
        else if (strcmp(names->names[i], FAMILY_CATALOG) == 0)
            database->catalog = database->handles[i];
        else if (strcmp(names->names[i], FAMILY_OFFSETS) == 0)
            database->offsets = database->handles[i];
    }
    return STATUS_OK;
}

enum status database_open(const struct rocksdb_storage_options *options, struct database *ret_database,
                          char detail[STORAGE_DETAIL_BYTES]) {
    *ret_database = (struct database){ 0 };
    enum status status = make_directory(options->directory, detail);
    if (status != STATUS_OK)
        return status;
    autofamilies struct family_names names = { 0 };
    status = family_names_find(options->directory, options->column_families, &names, detail);
    if (status != STATUS_OK)
        return status;
    struct database_options made;
    status = database_options_init(&made, options, detail);
    struct database database = { 0 };
    if (status == STATUS_OK)
        status = open_families(&database, options->directory, &names, &made, detail);
    database_options_finish(&made);
    if (status != STATUS_OK) {
        database_close(&database);
        return status;
    }
    database.synced = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(database.synced, 1);
    database.unsynced = rocksdb_writeoptions_create();
    database.impatient = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_no_slowdown(database.impatient, 1);
    database.reading = rocksdb_readoptions_create();
    *ret_database = database;
    return STATUS_OK;
}

static void destroy_write_options(rocksdb_writeoptions_t *options) {
    if (options != NULL)
        rocksdb_writeoptions_destroy(options);
}

void database_close(struct database *database) {
    for (size_t i = 0; i < database->handle_count; i++)
        rocksdb_column_family_handle_destroy(database->handles[i]);
    if (database->db != NULL)
        rocksdb_close(database->db);
    destroy_write_options(database->synced);
    destroy_write_options(database->unsynced);
    destroy_write_options(database->impatient);
    if (database->reading != NULL)
        rocksdb_readoptions_destroy(database->reading);
    mem_free(database->handles);
    mem_free(database->slots);
    *database = (struct database){ 0 };
}

enum status database_get(const struct database *database, rocksdb_column_family_handle_t *family, const struct key *key,
                         struct buffer *value, bool *ret_found, char detail[STORAGE_DETAIL_BYTES]) {
    char *error = NULL;
    size_t size = 0;
    char *found = rocksdb_get_cf(database->db, database->reading, family, key->data, key->size, &size, &error);
    enum status status = error_take(error, "cannot read", detail);
    if (status != STATUS_OK)
        return status;
    *ret_found = found != NULL;
    if (found == NULL)
        return STATUS_OK;
    buffer_append(value, found, size);
    rocksdb_free(found);
    return value->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status database_write(const struct database *database, const rocksdb_writeoptions_t *how,
                           rocksdb_writebatch_t *batch, char detail[STORAGE_DETAIL_BYTES]) {
    char *error = NULL;
    rocksdb_write(database->db, how, batch, &error);
    return error_take(error, "cannot write", detail);
}

void write_put(rocksdb_writebatch_t *batch, rocksdb_column_family_handle_t *family, const struct key *key,
               struct bytes value) {
    rocksdb_writebatch_put_cf(batch, family, key->data, key->size, value.data, value.size);
}

void write_delete(rocksdb_writebatch_t *batch, rocksdb_column_family_handle_t *family, const struct key *key) {
    rocksdb_writebatch_delete_cf(batch, family, key->data, key->size);
}
