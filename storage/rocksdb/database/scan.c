/* A walk over a range of keys in one column family. */
#include "storage/rocksdb/database/scan.h"

#include "base/sanitizers.h"
#include "storage/rocksdb/database/error.h"

#include <assert.h>
#include <stdio.h>

enum { READ_TIER_BLOCK_CACHE = 1 }; /* rocksdb::kBlockCacheTier; the C header has no name for it */

void scan_open(struct scan *scan, const struct database *database, rocksdb_column_family_handle_t *family,
               struct key lower, struct key upper, enum scan_mode mode) {
    scan->database = database;
    scan->family = family;
    scan->lower = lower;
    scan->upper = upper;
    scan->options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_iterate_lower_bound(scan->options, scan->lower.data, scan->lower.size);
    rocksdb_readoptions_set_iterate_upper_bound(scan->options, scan->upper.data, scan->upper.size);
    if (mode == SCAN_MEMORY)
        rocksdb_readoptions_set_read_tier(scan->options, READ_TIER_BLOCK_CACHE);
    rocksdb_readoptions_set_fill_cache(scan->options, mode != SCAN_PASSING);
    scan->iterator = rocksdb_create_iterator_cf(database->db, scan->options, family);
}

void scan_finish(struct scan *scan) {
    if (scan->iterator != NULL)
        rocksdb_iter_destroy(scan->iterator);
    if (scan->options != NULL)
        rocksdb_readoptions_destroy(scan->options);
    scan->iterator = NULL;
    scan->options = NULL;
    buffer_finish(&scan->reached);
    buffer_finish(&scan->key_copy);
    buffer_finish(&scan->value_copy);
}

static void remember(struct scan *scan, struct bytes key) {
    buffer_clear(&scan->reached);
    buffer_append_bytes(&scan->reached, key);
}

void scan_seek(struct scan *scan, const struct key *key) {
    remember(scan, (struct bytes){ key->data, key->size });
    rocksdb_iter_seek(scan->iterator, key->data, key->size);
}

void scan_seek_for_prev(struct scan *scan, const struct key *key) {
    rocksdb_iter_seek_for_prev(scan->iterator, key->data, key->size);
}

void scan_step(struct scan *scan) { rocksdb_iter_next(scan->iterator); }

void scan_next(struct scan *scan) {
    remember(scan, scan_key(scan));
    buffer_append(&scan->reached, "", 1); /* the least that is behind it */
    scan_step(scan);
}

/* An iterator that has seen nothing yet. */
static void begin_anew(struct scan *scan, struct bytes key) {
    rocksdb_iter_destroy(scan->iterator);
    scan->iterator = rocksdb_create_iterator_cf(scan->database->db, scan->options, scan->family);
    rocksdb_iter_seek(scan->iterator, key.data, key.size);
}

void scan_again(struct scan *scan, const struct key *key) { begin_anew(scan, (struct bytes){ key->data, key->size }); }

bool scan_valid(const struct scan *scan) { return rocksdb_iter_valid(scan->iterator) != 0; }

#if UNDER_THREAD_SANITIZER
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);

/* What RocksDB lends may have been written by another thread a moment ago. The atomics by which it hands it over are
 * unseen, for Debian's RocksDB is not built with ThreadSanitizer; and the stack of the writer, which tests/tsan.supp
 * would know, is forgotten when that thread goes on. So it is copied unwatched, and all that follows reads the copy. */
static struct bytes lent(struct buffer *copy, struct bytes bytes) {
    buffer_clear(copy);
    bool there = buffer_reserve(copy, bytes.size + 1);
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    buffer_append_bytes(copy, bytes);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    assert(there); /* no program for users is built like this */
    (void)there;
    return buffer_bytes(copy);
}
#else
static struct bytes lent(struct buffer *copy, struct bytes bytes) {
    (void)copy;
    return bytes;
}
#endif

struct bytes scan_key(struct scan *scan) {
    struct bytes key;
    key.data = rocksdb_iter_key(scan->iterator, &key.size);
    return lent(&scan->key_copy, key);
}

struct bytes scan_value(struct scan *scan) {
    struct bytes value;
    value.data = rocksdb_iter_value(scan->iterator, &value.size);
    return lent(&scan->value_copy, value);
}

enum status scan_error(const struct scan *scan, char detail[STORAGE_DETAIL_BYTES]) {
    char *error = NULL;
    rocksdb_iter_get_error(scan->iterator, &error);
    return error_take(error, "cannot read", detail);
}

enum status scan_end(struct scan *scan, char detail[STORAGE_DETAIL_BYTES]) {
    enum status status = scan_error(scan, detail);
    if (status != STATUS_OK || scan_valid(scan))
        return status;
    if (scan->reached.failed)
        return STATUS_NO_MEMORY;
    begin_anew(scan, buffer_bytes(&scan->reached));
    status = scan_error(scan, detail);
    if (status != STATUS_OK || !scan_valid(scan))
        return status;
    snprintf(detail, STORAGE_DETAIL_BYTES, "cannot read: the disk gave less than there is");
    return STATUS_IO;
}
