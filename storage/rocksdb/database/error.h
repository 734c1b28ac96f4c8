/* RocksDB's errors, translated once, where they enter. */
#ifndef TAILRACE_STORAGE_ROCKSDB_DATABASE_ERROR_H
#define TAILRACE_STORAGE_ROCKSDB_DATABASE_ERROR_H

#include "storage/storage.h"

/* Frees an error string of RocksDB (NULL is fine) and says what it stands for: STATUS_OK, STATUS_CORRUPT,
 * STATUS_LOCKED, STATUS_OVERLOADED ("incomplete": RocksDB would have had to wait, and was told not to; nothing was
 * done), else STATUS_IO. `detail` becomes a sentence: what was being done, and RocksDB's words. Any thread. */
enum status error_take(char *error, const char *doing, char detail[STORAGE_DETAIL_BYTES]);

#endif
