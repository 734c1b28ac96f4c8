/* All keys of the store, made and taken apart. */
#include "storage/rocksdb/database/keys.h"

#include "base/bits.h"

#include <assert.h>

struct key key_log(uint32_t partition_id, uint64_t offset) {
    struct key key = { .size = KEY_LOG_BYTES };
    put_be32(key.data, partition_id);
    put_be64(key.data + 4, offset);
    return key;
}

struct key key_log_end(uint32_t partition_id) {
    assert(partition_id < UINT32_MAX);
    return key_log(partition_id + 1, 0);
}

bool key_log_parse(struct bytes key, uint32_t *ret_partition_id, uint64_t *ret_offset) {
    if (key.size != KEY_LOG_BYTES)
        return false;
    *ret_partition_id = get_be32(key.data);
    *ret_offset = get_be64(key.data + 4);
    return true;
}

struct key key_catalog(enum catalog_key kind) {
    struct key key = { .size = 1 };
    key.data[0] = (char)kind;
    return key;
}

static struct key catalog_of_topic(enum catalog_key kind, uint64_t topic_id) {
    struct key key = key_catalog(kind);
    put_be64(key.data + 1, topic_id);
    key.size += 8;
    return key;
}

struct key key_catalog_topic(uint64_t topic_id) {
    return catalog_of_topic(CATALOG_TOPIC, topic_id);
}

struct key key_catalog_forgotten(uint64_t topic_id) {
    return catalog_of_topic(CATALOG_FORGOTTEN, topic_id);
}

struct key key_catalog_partition(enum catalog_key kind, uint32_t partition_id) {
    struct key key = key_catalog(kind);
    put_be32(key.data + 1, partition_id);
    key.size += 4;
    return key;
}

bool key_catalog_topic_parse(struct bytes key, uint64_t *ret_topic_id) {
    if (key.size != 1 + 8)
        return false;
    *ret_topic_id = get_be64(key.data + 1);
    return true;
}

static void key_append(struct key *key, const void *data, size_t size) {
    assert(size <= KEY_BYTES_MAX - key->size);
    memcpy(key->data + key->size, data, size);
    key->size += size;
}

bool key_group_valid(const char *group) {
    size_t size = strlen(group);
    return size >= 1 && size <= KEY_GROUP_BYTES_MAX;
}

struct key key_offsets_prefix(const char *prefix) {
    struct key key = { .size = 0 };
    key_append(&key, prefix, strlen(prefix));
    return key;
}

struct key key_offsets_last(void) {
    return (struct key){ .size = 1, .data = { (char)0xff } };
}

struct key key_offsets_group(const char *group) {
    struct key key = { .size = 0 };
    key_append(&key, group, strlen(group) + 1);
    return key;
}

struct key key_offsets_group_end(const char *group) {
    struct key key = key_offsets_group(group);
    key.data[key.size - 1] = 1;
    return key;
}

static void append_position(struct key *key, uint64_t topic_id, uint32_t partition) {
    char position[8 + 4];
    put_be64(position, topic_id);
    put_be32(position + 8, partition);
    key_append(key, position, sizeof position);
}

struct key key_offsets(const char *group, uint64_t topic_id, uint32_t partition) {
    struct key key = key_offsets_group(group);
    append_position(&key, topic_id, partition);
    return key;
}

struct key key_offsets_topic_end(struct bytes group, uint64_t topic_id) {
    struct key key = { .size = 0 };
    key_append(&key, group.data, group.size);
    key_append(&key, "", 1);
    append_position(&key, topic_id, UINT32_MAX); /* there are never so many partitions */
    return key;
}

bool key_offsets_parse(struct bytes key, struct bytes *ret_group, uint64_t *ret_topic_id, uint32_t *ret_partition) {
    const char *end = memchr(key.data, '\0', key.size);
    size_t group_bytes = end != NULL ? (size_t)(end - key.data) : 0;
    if (group_bytes == 0 || group_bytes > KEY_GROUP_BYTES_MAX || key.size - group_bytes != 1 + 8 + 4)
        return false;
    *ret_group = (struct bytes){ .data = key.data, .size = group_bytes };
    *ret_topic_id = get_be64(end + 1);
    *ret_partition = get_be32(end + 1 + 8);
    return true;
}
