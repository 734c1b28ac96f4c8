/* All keys of the store, made and taken apart here and nowhere else. FORMAT.md draws them. Pure; any thread. */
#ifndef TAILRACE_STORAGE_ROCKSDB_DATABASE_KEYS_H
#define TAILRACE_STORAGE_ROCKSDB_DATABASE_KEYS_H

#include "base/bytes.h"

enum {
    KEY_GROUP_BYTES_MAX = 200,
    KEY_BYTES_MAX = KEY_GROUP_BYTES_MAX + 1 + 8 + 4,
    KEY_LOG_BYTES = 4 + 8,
};

/* The first byte of a key of the family `catalog`. */
enum catalog_key {
    CATALOG_FORMAT = 0x01,
    CATALOG_VERSION = 0x02,
    CATALOG_NEXT_PARTITION = 0x03,
    CATALOG_BOOT = 0x04,
    CATALOG_CLEAN = 0x05,
    CATALOG_TOPIC = 0x10, /* | be64 topic id */
    CATALOG_FIRST = 0x20, /* | be32 partition id, as the next two */
    CATALOG_FLOOR = 0x21,
    CATALOG_CEILING = 0x22,
    CATALOG_FORGOTTEN = 0x30, /* | be64 topic id */
};

struct key {
    size_t size;
    char data[KEY_BYTES_MAX];
};

struct key key_log(uint32_t partition_id, uint64_t offset);
struct key key_log_end(uint32_t partition_id); /* behind all keys of the partition; its id is below UINT32_MAX */
bool key_log_parse(struct bytes key, uint32_t *ret_partition_id, uint64_t *ret_offset);

struct key key_catalog(enum catalog_key kind);
struct key key_catalog_topic(uint64_t topic_id);
struct key key_catalog_partition(enum catalog_key kind, uint32_t partition_id);
struct key key_catalog_forgotten(uint64_t topic_id);
bool key_catalog_topic_parse(struct bytes key, uint64_t *ret_topic_id); /* of either kind with a topic id */

/* Family `offsets`. Group names hold no NUL and at most KEY_GROUP_BYTES_MAX bytes, so that the NUL behind them makes
 * the keys sort as the names do. */
bool key_group_valid(const char *group);             /* 1 to KEY_GROUP_BYTES_MAX bytes */
struct key key_offsets_prefix(const char *prefix);   /* where groups whose name begins so begin */
struct key key_offsets_last(void);                   /* behind all groups: no name begins with the byte 255 */
struct key key_offsets_group(const char *group);     /* before all of a group */
struct key key_offsets_group_end(const char *group); /* behind all of a group, before the next name */
struct key key_offsets_topic_end(struct bytes group, uint64_t topic_id); /* behind all that it has of a topic */
struct key key_offsets(const char *group, uint64_t topic_id, uint32_t partition);
/* False: it is no such key, of a group name as above. */
bool key_offsets_parse(struct bytes key, struct bytes *ret_group, uint64_t *ret_topic_id, uint32_t *ret_partition);

#endif
