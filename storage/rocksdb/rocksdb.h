/* The engine that keeps the logs in RocksDB. What lies on disk is drawn in FORMAT.md. */
#ifndef TAILRACE_STORAGE_ROCKSDB_ROCKSDB_H
#define TAILRACE_STORAGE_ROCKSDB_ROCKSDB_H

#include "storage/storage.h"

struct rocksdb_storage_options {
    const char *directory;       /* made when it is not there */
    unsigned column_families;    /* slots, 1 to 1024; a store that has more keeps them */
    unsigned read_threads;       /* threads for reads that need the disk, at least 1 */
    uint64_t queue_bytes_max;    /* records that wait to be written; beyond it STATUS_OVERLOADED */
    uint64_t write_buffer_bytes; /* of all memtables together */
    uint64_t table_bytes;        /* at which a table of a log is cut that compaction writes */
    uint64_t block_cache_bytes;
    uint64_t free_bytes_min; /* of the file system; below it writes answer STATUS_DISK_FULL */
    const char *boot_id;     /* tells one run of the machine from another; NULL: the kernel's (tests set it) */
};

/* Sensible values; directory is NULL. */
struct rocksdb_storage_options rocksdb_storage_defaults(void);

/* Opens or creates. Fails with STATUS_LOCKED, STATUS_NEWER_FORMAT, STATUS_CORRUPT, STATUS_IO, STATUS_NO_MEMORY or
 * STATUS_INVALID; `ret_detail` then holds a sentence for people. Calls hooks->on_topic for what it finds. */
enum status rocksdb_storage_open(const struct rocksdb_storage_options *options, const struct storage_hooks *hooks,
                                 struct storage **ret_storage, char *ret_detail, size_t detail_bytes);

/* "7.8.3": the library this program was compiled against; static. */
const char *rocksdb_storage_library_version(void);

#endif
