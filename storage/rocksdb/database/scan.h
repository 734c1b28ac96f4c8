/* A walk over a range of keys in one column family: an iterator with its bounds, so that none is forgotten, and with
 * the check of its end: a bad block looks like one, and the iterator does not always tell. One thread; it must not be
 * moved while open. */
#ifndef TAILRACE_STORAGE_ROCKSDB_DATABASE_SCAN_H
#define TAILRACE_STORAGE_ROCKSDB_DATABASE_SCAN_H

#include "storage/rocksdb/database/database.h"

enum scan_mode {
    /* Memtables and block cache only; ends with STATUS_OVERLOADED where the disk would be needed. But not always: 7.8.3
     * passes over a table file that is not open as if it held nothing, and says that all is well. So only what shows by
     * itself that nothing is missing may be believed. */
    SCAN_MEMORY,
    SCAN_DISK,    /* keeps the blocks that it reads in the cache */
    SCAN_PASSING, /* does not: a long scan would push out what others read again and again */
};

struct scan {
    const struct database *database;
    rocksdb_column_family_handle_t *family;
    rocksdb_readoptions_t *options;
    rocksdb_iterator_t *iterator;
    struct buffer reached; /* of a walk forward: the first key that it has not passed */
    struct key lower;      /* RocksDB keeps pointers to the bounds */
    struct key upper;
    struct buffer key_copy; /* used under ThreadSanitizer alone, as is the next */
    struct buffer value_copy;
};

/* The keys from `lower` to before `upper`. */
void scan_open(struct scan *scan, const struct database *database, rocksdb_column_family_handle_t *family,
               struct key lower, struct key upper, enum scan_mode mode);
void scan_finish(struct scan *scan);
#define autoscan __attribute__((cleanup(scan_finish)))

void scan_seek(struct scan *scan, const struct key *key);          /* to the first key at or after it */
void scan_seek_for_prev(struct scan *scan, const struct key *key); /* to the last key at or before it */
void scan_next(struct scan *scan);
void scan_step(struct scan *scan); /* the same for who knows its place: scan_again goes back there, scan_end does not */
bool scan_valid(const struct scan *scan); /* when false: scan_end says whether it is the end or a failure */
struct bytes scan_key(struct scan *scan); /* valid until the scan moves, as is the next */
struct bytes scan_value(struct scan *scan);

/* Whether a walk forward has come to the end, if it is not valid any more. The iterator of 7.8.3 ends at a table that it cannot read
 * as if nothing were there, with no error; so the place that it reached is looked for anew, and then it tells. Of
 * families whose levels are more than one file the caller must know itself that nothing is missing: other levels may go on. */
enum status scan_end(struct scan *scan, char detail[STORAGE_DETAIL_BYTES]);

/* The iterator's error alone. */
enum status scan_error(const struct scan *scan, char detail[STORAGE_DETAIL_BYTES]);

/* Begins anew at a key, with an iterator that has seen nothing yet. */
void scan_again(struct scan *scan, const struct key *key);

#endif
