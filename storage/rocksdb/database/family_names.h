/* The names of the column families: those that are there, and those that ought to be. */
#ifndef TAILRACE_STORAGE_ROCKSDB_DATABASE_FAMILY_NAMES_H
#define TAILRACE_STORAGE_ROCKSDB_DATABASE_FAMILY_NAMES_H

#include "storage/storage.h"

#define FAMILY_CATALOG "catalog"
#define FAMILY_OFFSETS "offsets"

enum { FAMILY_SLOTS_MAX = 1024 };

struct family_names {
    char **names;
    size_t count;
    size_t capacity;
    unsigned slot_count; /* of the names, so many are log-000, log-001, … without a gap */
};

/* What lies in the directory, and what is missing for `slots` slots. Families that this program does not know (a newer
 * one made them) are listed too: RocksDB opens all or nothing. */
enum status family_names_find(const char *directory, unsigned slots, struct family_names *ret_names,
                              char detail[STORAGE_DETAIL_BYTES]);
void family_names_finish(struct family_names *names);

/* Whether the name is that of a slot, and which. */
bool family_name_slot(const char *name, unsigned *ret_slot);

#define autofamilies __attribute__((cleanup(family_names_finish)))

#endif
