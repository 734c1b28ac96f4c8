/* How the last run ended, and what follows from it for offsets.
 *
 * Unsynced writes survive the death of the process, but not of the machine: their offsets may have been seen and are
 * then gone. The kernel's boot id tells the two apart. After the machine's death each partition that has a ceiling
 * (see commit_group.c) goes on at it: the ceiling becomes its floor, which stays. */
#include "base/memory.h"
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { BOOT_ID_BYTES_MAX = 64 };

/* Without one (no /proc), each unclean end counts as that of the machine. */
static void read_boot_id(const char *given, char boot_id[BOOT_ID_BYTES_MAX]) {
    boot_id[0] = '\0';
    if (given != NULL) {
        snprintf(boot_id, BOOT_ID_BYTES_MAX, "%s", given);
        return;
    }
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    ssize_t size = read(file, boot_id, BOOT_ID_BYTES_MAX - 1);
    close(file);
    boot_id[size > 0 ? size : 0] = '\0';
    boot_id[strcspn(boot_id, "\n")] = '\0';
}

/* Whether all that the last run wrote must still be there: it ended in order, or only the process died. */
static enum status nothing_lost(struct engine *engine, const char *boot_id, bool *ret_nothing,
                                char detail[STORAGE_DETAIL_BYTES]) {
    autobuffer struct buffer value = { 0 };
    struct key key = key_catalog(CATALOG_CLEAN);
    bool clean;
    enum status status = database_get(&engine->database, engine->database.catalog, &key, &value, &clean, detail);
    if (status != STATUS_OK)
        return status;
    buffer_clear(&value);
    key = key_catalog(CATALOG_BOOT);
    bool known;
    status = database_get(&engine->database, engine->database.catalog, &key, &value, &known, detail);
    if (status != STATUS_OK)
        return status;
    struct bytes last = buffer_bytes(&value);
    bool same_boot = known && last.size > 1 && last.data[0] == VALUE_VERSION &&
                     bytes_equal((struct bytes){ last.data + 1, last.size - 1 }, bytes_text(boot_id));
    *ret_nothing = clean || same_boot;
    return STATUS_OK;
}

static struct partition *next_partition(const struct topic_table *topics, size_t *topic, uint32_t *number) {
    for (; *topic < topics->count; (*topic)++, *number = 0)
        if (*number < topics->entries[*topic]->partition_count)
            return topics->entries[*topic]->partitions[(*number)++];
    return NULL;
}

static void go_on_at_ceilings(struct engine *engine, rocksdb_writebatch_t *batch) {
    size_t topic = 0;
    uint32_t number = 0;
    for (struct partition *partition; (partition = next_partition(&engine->topics, &topic, &number)) != NULL;) {
        if (partition->ceiling == 0)
            continue;
        struct key key = key_catalog_partition(CATALOG_CEILING, partition->id);
        write_delete(batch, engine->database.catalog, &key);
        if (partition->ceiling > atomic_load(&partition->next_offset)) {
            key = key_catalog_partition(CATALOG_FLOOR, partition->id);
            struct value value = value_u64(partition->ceiling);
            write_put(batch, engine->database.catalog, &key, value_bytes(&value));
            atomic_store(&partition->next_offset, partition->ceiling);
            partition->hole_to = partition->ceiling;
        }
        partition->ceiling = 0;
    }
}

enum status boot_begin(struct engine *engine, const char *given_boot_id, char detail[STORAGE_DETAIL_BYTES]) {
    char boot_id[BOOT_ID_BYTES_MAX];
    read_boot_id(given_boot_id, boot_id);
    bool nothing;
    enum status status = nothing_lost(engine, boot_id, &nothing, detail);
    if (status != STATUS_OK)
        return status;
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    if (!nothing)
        go_on_at_ceilings(engine, batch);
    char value[1 + BOOT_ID_BYTES_MAX] = { VALUE_VERSION };
    memcpy(value + 1, boot_id, strlen(boot_id));
    struct key key = key_catalog(CATALOG_BOOT);
    write_put(batch, engine->database.catalog, &key, (struct bytes){ value, 1 + strlen(boot_id) });
    key = key_catalog(CATALOG_CLEAN);
    write_delete(batch, engine->database.catalog, &key);
    return database_write(&engine->database, engine->database.synced, batch, detail);
}

enum status boot_end(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]) {
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    size_t topic = 0;
    uint32_t number = 0;
    for (struct partition *partition; (partition = next_partition(&engine->topics, &topic, &number)) != NULL;) {
        struct key key = key_catalog_partition(CATALOG_CEILING, partition->id);
        if (partition->ceiling != 0)
            write_delete(batch, engine->database.catalog, &key);
    }
    struct key key = key_catalog(CATALOG_CLEAN);
    struct value value = value_u64(1);
    write_put(batch, engine->database.catalog, &key, value_bytes(&value));
    return database_write(&engine->database, engine->database.synced, batch, detail);
}
