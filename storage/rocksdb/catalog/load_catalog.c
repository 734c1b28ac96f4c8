/* Reading the catalogue when opening. */
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/load.h"

#include <inttypes.h>
#include <stdio.h>

static enum status damaged(const char *what, char detail[STORAGE_DETAIL_BYTES]) {
    snprintf(detail, STORAGE_DETAIL_BYTES, "the catalogue is corrupt: %s", what);
    return STATUS_CORRUPT;
}

/* A number that the catalogue holds; *ret_found tells whether it does. */
static enum status get_number(struct engine *engine, enum catalog_key kind, uint64_t *ret_number, bool *ret_found,
                              char detail[STORAGE_DETAIL_BYTES]) {
    autobuffer struct buffer value = { 0 };
    struct key key = key_catalog(kind);
    enum status status = database_get(&engine->database, engine->database.catalog, &key, &value, ret_found, detail);
    if (status == STATUS_OK && *ret_found && !value_u64_parse(buffer_bytes(&value), ret_number))
        return damaged("a number is malformed", detail);
    return status;
}

static enum status get_counter(struct engine *engine, enum catalog_key kind, uint64_t *ret_number,
                               char detail[STORAGE_DETAIL_BYTES]) {
    bool found;
    enum status status = get_number(engine, kind, ret_number, &found, detail);
    return status == STATUS_OK && !found ? damaged("a counter is missing", detail) : status;
}

static void open_scan(struct engine *engine, struct scan *scan, struct key lower, struct key upper) {
    scan_open(scan, &engine->database, engine->database.catalog, lower, upper, SCAN_DISK);
    scan_seek(scan, &lower);
}

static enum status found_store(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]) {
    static const struct {
        enum catalog_key kind;
        uint64_t number;
    } first[] = { { CATALOG_FORMAT, FORMAT_VERSION }, { CATALOG_VERSION, 0 }, { CATALOG_NEXT_PARTITION, 0 } };
    autoscan struct scan scan = { 0 };
    open_scan(engine, &scan, key_catalog(0), key_catalog(0xff));
    if (scan_valid(&scan))
        return damaged("the format version is missing", detail);
    enum status status = scan_end(&scan, detail);
    if (status != STATUS_OK)
        return status;
    autowrite rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        struct key key = key_catalog(first[i].kind);
        struct value value = value_u64(first[i].number);
        write_put(batch, engine->database.catalog, &key, value_bytes(&value));
    }
    return database_write(&engine->database, engine->database.synced, batch, detail);
}

static enum status check_format(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]) {
    uint64_t format = 0;
    bool found;
    enum status status = get_number(engine, CATALOG_FORMAT, &format, &found, detail);
    if (status != STATUS_OK)
        return status;
    if (!found)
        return found_store(engine, detail);
    if (format <= FORMAT_VERSION)
        return STATUS_OK;
    snprintf(detail, STORAGE_DETAIL_BYTES,
             "the data was written by a newer version (format %" PRIu64 "); this version reads formats up to %d",
             format, FORMAT_VERSION);
    return STATUS_NEWER_FORMAT;
}

static enum status add_topic(struct engine *engine, struct scan *scan, char detail[STORAGE_DETAIL_BYTES]) {
    struct topic_table *topics = &engine->topics;
    uint64_t topic_id;
    if (!key_catalog_topic_parse(scan_key(scan), &topic_id))
        return damaged("a topic's key", detail);
    enum status status = topic_table_reserve(topics);
    if (status != STATUS_OK)
        return status;
    struct topic_entry *entry;
    status = topic_entry_decode(scan_value(scan), topic_id, &entry);
    if (status == STATUS_CORRUPT)
        return damaged("a topic", detail);
    if (status == STATUS_NEWER_FORMAT)
        snprintf(detail, STORAGE_DETAIL_BYTES, "a topic was written by a newer version");
    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < entry->partition_count; i++) {
        const struct partition *partition = entry->partitions[i];
        if (partition->slot >= engine->database.slot_count || partition->id >= topics->next_partition_id) {
            topic_entry_unref(entry);
            return damaged("a partition refers to an unknown column family", detail);
        }
        topics->slot_partitions[partition->slot]++;
    }
    topic_table_put(topics, entry);
    return STATUS_OK;
}

static enum status load_topics(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]) {
    autoscan struct scan scan = { 0 };
    open_scan(engine, &scan, key_catalog(CATALOG_TOPIC), key_catalog(CATALOG_TOPIC + 1));
    enum status status = STATUS_OK;
    for (; scan_valid(&scan) && status == STATUS_OK; scan_next(&scan))
        status = add_topic(engine, &scan, detail);
    return status == STATUS_OK ? scan_end(&scan, detail) : status;
}

enum status load_catalog(struct engine *engine, char detail[STORAGE_DETAIL_BYTES]) {
    uint64_t next_partition_id = 0;
    enum status status = check_format(engine, detail);
    if (status == STATUS_OK)
        status = get_counter(engine, CATALOG_VERSION, &engine->topics.version, detail);
    if (status == STATUS_OK)
        status = get_counter(engine, CATALOG_NEXT_PARTITION, &next_partition_id, detail);
    if (status == STATUS_OK && next_partition_id > UINT32_MAX)
        status = damaged("a partition id", detail);
    engine->topics.next_partition_id = (uint32_t)next_partition_id;
    return status == STATUS_OK ? load_topics(engine, detail) : status;
}
