/* RocksDB's options: which, and why. */
#ifndef TAILRACE_STORAGE_ROCKSDB_DATABASE_OPTIONS_H
#define TAILRACE_STORAGE_ROCKSDB_DATABASE_OPTIONS_H

#include "storage/rocksdb/rocksdb.h"

#include <rocksdb/c.h>

struct database_options {
    rocksdb_options_t *small; /* of the database, and of the families that stay small */
    rocksdb_options_t *log;   /* of the slots */
    rocksdb_cache_t *cache;
};

enum status database_options_init(struct database_options *made, const struct rocksdb_storage_options *options,
                                  char detail[STORAGE_DETAIL_BYTES]);
void database_options_finish(struct database_options *made); /* RocksDB keeps what it needs of them */

#endif
