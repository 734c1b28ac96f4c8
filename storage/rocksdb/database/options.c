/* RocksDB's options: which, and why. */
#include "storage/rocksdb/database/options.h"

#include "storage/rocksdb/database/error.h"

enum {
    MIB = 1024 * 1024,
    BLOCK_BYTES = 32 * 1024,
    LOG_BUFFER_BYTES = 64 * MIB,
    SMALL_BUFFER_BYTES = 4 * MIB,
    /* A level is one table: the iterator of 7.8.3 may pass over one of several that it cannot read (scan.h), and other than
     * logs these families could not tell that something is missing. */
    SMALL_TABLE_BYTES = 1 << 30,
    INFO_LOG_WARN = 2,
    INFO_LOG_FILES = 4,
    BACKGROUND_JOBS = 4,
    TABLE_BYTES_PER_SYNC = 1 * MIB, /* so that the end of a flush does not stall the write-ahead log's fsync */
    /* The strict mode (kAbsoluteConsistency) refuses the log of a process that was killed while it wrote: RocksDB
     * writes a record in several pieces. kTolerateCorruptedTailRecords accepts a torn last record, and still refuses
     * a log with a damaged middle, where the default (point in time) would silently drop all that follows. */
    WAL_TOLERATE_TORN_TAIL = 0,
    WAL_BUFFERS = 2, /* the write-ahead log is at most so many times the memtables; then the oldest are flushed */
};

/* What the C API has no setter for. The MANIFEST then knows the log files and their synced sizes, so that a missing
 * or a shortened one is noticed. */
static const char LACKING[] = "track_and_verify_wals_in_manifest=true;paranoid_file_checks=true";

static void set_table(rocksdb_options_t *options, rocksdb_cache_t *cache) {
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_size(table, BLOCK_BYTES);
    rocksdb_block_based_options_set_block_cache(table, cache);
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);
}

enum status database_options_init(struct database_options *made, const struct rocksdb_storage_options *options,
                                  char detail[STORAGE_DETAIL_BYTES]) {
    *made = (struct database_options){ .cache = rocksdb_cache_create_lru(options->block_cache_bytes) };
    rocksdb_options_t *plain = rocksdb_options_create();
    made->small = rocksdb_options_create();
    char *error = NULL;
    rocksdb_get_options_from_string(plain, LACKING, made->small, &error);
    rocksdb_options_destroy(plain);
    enum status status = error_take(error, "cannot set the options of RocksDB", detail);
    if (status != STATUS_OK)
        return status;

    rocksdb_options_set_create_if_missing(made->small, 1);
    rocksdb_options_set_create_missing_column_families(made->small, 1);
    rocksdb_options_set_info_log_level(made->small, INFO_LOG_WARN);
    rocksdb_options_set_keep_log_file_num(made->small, INFO_LOG_FILES);
    rocksdb_options_set_max_background_jobs(made->small, BACKGROUND_JOBS);
    rocksdb_options_set_bytes_per_sync(made->small, TABLE_BYTES_PER_SYNC);
    rocksdb_options_set_db_write_buffer_size(made->small, options->write_buffer_bytes);
    rocksdb_options_set_max_total_wal_size(made->small, options->write_buffer_bytes * WAL_BUFFERS);
    rocksdb_options_set_wal_recovery_mode(made->small, WAL_TOLERATE_TORN_TAIL);
    rocksdb_options_set_allow_concurrent_memtable_write(made->small, 0); /* one committer: nothing to gain */
    rocksdb_options_set_compression(made->small, rocksdb_lz4_compression);
    rocksdb_options_set_write_buffer_size(made->small, SMALL_BUFFER_BYTES);
    rocksdb_options_set_target_file_size_base(made->small, SMALL_TABLE_BYTES);
    set_table(made->small, made->cache);

    made->log = rocksdb_options_create_copy(made->small);
    rocksdb_options_set_write_buffer_size(made->log, LOG_BUFFER_BYTES);
    rocksdb_options_set_target_file_size_base(made->log, options->table_bytes);
    return STATUS_OK;
}

void database_options_finish(struct database_options *made) {
    if (made->small != NULL)
        rocksdb_options_destroy(made->small);
    if (made->log != NULL)
        rocksdb_options_destroy(made->log);
    if (made->cache != NULL)
        rocksdb_cache_destroy(made->cache);
    *made = (struct database_options){ 0 };
}
