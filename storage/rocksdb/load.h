/* What opening does once the database is there, and what closing does last. One thread, before the others start and
 * after they have stopped. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOAD_H
#define TAILRACE_STORAGE_ROCKSDB_LOAD_H

#include "storage/rocksdb/engine.h"

enum { FORMAT_VERSION = 1 };

/* Checks the format (or founds a new store) and reads the catalogue: topics, partitions, counters. STATUS_NEWER_FORMAT,
 * STATUS_CORRUPT, STATUS_IO, STATUS_NO_MEMORY; `detail` is a sentence. */
enum status load_catalog(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]);

/* Finds out where each log ends. */
enum status load_heads(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]);

/* Looks how the last run ended. After the loss of the machine's memory, partitions whose unsynced offsets may have been
 * seen go on at their ceilings. Then writes down that this run has begun. boot_id may be NULL: the kernel's. */
enum status boot_begin(struct engine *engine, const char *boot_id, char detail[STORAGE_DETAIL_BYTES]);

/* Writes down, durably, that everything is: the last write. */
enum status boot_end(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]);

#endif
