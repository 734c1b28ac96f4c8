/* The names of the column families. They are a fixed set, made at the first start: creating one while running rewrites
 * RocksDB's OPTIONS file, and the cost of each active one is felt by all. */
#include "storage/rocksdb/database/family_names.h"

#include "base/memory.h"
#include "storage/rocksdb/database/error.h"

#include <errno.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <unistd.h>

#define SLOT_PREFIX "log-"
enum { SLOT_NAME_BYTES_MAX = 16 };

static const char *const ALWAYS[] = { "default", FAMILY_CATALOG, FAMILY_OFFSETS, "producers", "dedupe" };

static bool names_have(const struct family_names *names, const char *name) {
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return false;
}

static enum status names_add(struct family_names *names, const char *name) {
    if (names_have(names, name))
        return STATUS_OK;
    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? names->capacity * 2 : 64;
        char **grown = mem_resize(names->names, capacity * sizeof *grown);
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        names->names = grown;
        names->capacity = capacity;
    }
    char *copy = mem_text(name);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    names->names[names->count++] = copy;
    return STATUS_OK;
}

static void slot_name(unsigned slot, char ret_name[SLOT_NAME_BYTES_MAX]) {
    snprintf(ret_name, SLOT_NAME_BYTES_MAX, SLOT_PREFIX "%03u", slot);
}

/* Only the name that the slot was given: "log-0007" is somebody else's. */
bool family_name_slot(const char *name, unsigned *ret_slot) {
    const size_t prefix = sizeof SLOT_PREFIX - 1;
    if (strncmp(name, SLOT_PREFIX, prefix) != 0)
        return false;
    unsigned slot = 0;
    for (const char *digit = name + prefix; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || slot >= FAMILY_SLOTS_MAX)
            return false;
        slot = slot * 10 + (unsigned)(*digit - '0');
    }
    char own[SLOT_NAME_BYTES_MAX];
    slot_name(slot, own);
    if (slot >= FAMILY_SLOTS_MAX || strcmp(name, own) != 0)
        return false;
    *ret_slot = slot;
    return true;
}

/* The families of a store that is there. CURRENT is the file that RocksDB makes last: without it there is no store. */
static enum status names_list(const char *directory, struct family_names *names, char detail[STORAGE_DETAIL_BYTES]) {
    autoarena struct arena memory = { 0 };
    const char *current = arena_printf(&memory, "%s/CURRENT", directory);
    if (current == NULL)
        return STATUS_NO_MEMORY;
    if (access(current, F_OK) != 0) {
        if (errno == ENOENT)
            return STATUS_OK;
        snprintf(detail, STORAGE_DETAIL_BYTES, "cannot read directory %s: %m", directory);
        return STATUS_IO;
    }
    rocksdb_options_t *options = rocksdb_options_create();
    char *error = NULL;
    size_t count = 0;
    char **found = rocksdb_list_column_families(options, directory, &count, &error);
    rocksdb_options_destroy(options);
    enum status status = error_take(error, "cannot list the column families", detail);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = names_add(names, found[i]);
    rocksdb_list_column_families_destroy(found, count);
    return status;
}

enum status family_names_find(const char *directory, unsigned slots, struct family_names *ret_names,
                              char detail[STORAGE_DETAIL_BYTES]) {
    autofamilies struct family_names names = { .slot_count = slots };
    enum status status = names_list(directory, &names, detail);
    for (size_t i = 0; i < names.count; i++) {
        unsigned slot;
        if (family_name_slot(names.names[i], &slot) && slot >= names.slot_count)
            names.slot_count = slot + 1;
    }
    for (size_t i = 0; i < sizeof ALWAYS / sizeof ALWAYS[0] && status == STATUS_OK; i++)
        status = names_add(&names, ALWAYS[i]);
    for (unsigned slot = 0; slot < names.slot_count && status == STATUS_OK; slot++) {
        char name[SLOT_NAME_BYTES_MAX];
        slot_name(slot, name);
        status = names_add(&names, name);
    }
    if (status != STATUS_OK)
        return status;
    *ret_names = names;
    names = (struct family_names){ 0 };
    return STATUS_OK;
}

void family_names_finish(struct family_names *names) {
    for (size_t i = 0; i < names->count; i++)
        mem_free(names->names[i]);
    mem_free(names->names);
    *names = (struct family_names){ 0 };
}
