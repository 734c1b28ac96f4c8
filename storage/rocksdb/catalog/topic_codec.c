/* The value of a topic in the family `catalog`: u8 version, then members, each varint tag | varint size | bytes. A
 * reader that does not know a tag keeps the member and writes it back. */
#include "storage/rocksdb/catalog/topic_entry.h"

#include "base/bits.h"
#include "storage/rocksdb/database/family_names.h"

enum { TOPIC_VERSION = 1, PARTITION_BYTES = 4 + 4 + 8 };

enum topic_member {
    MEMBER_NAME = 1,
    MEMBER_CREATED_AT = 2, /* numbers are be64 */
    MEMBER_CREATED_VERSION = 3,
    MEMBER_PARTITIONS = 4, /* each be32 id | be32 slot | be64 version */
    MEMBER_EVENT_BYTES_MAX = 5,
    MEMBER_ACK = 6,
    MEMBER_CLEANUP = 7,
    MEMBER_DEDUPE_MS = 8,
    MEMBER_RETENTION_MS = 9,
    MEMBER_RETENTION_BYTES = 10,
    MEMBER_KEY_POINTER = 11, /* text; absent: the topic has none */
};

static void put_member(struct buffer *value, enum topic_member member, struct bytes content) {
    buffer_append_varint(value, member);
    buffer_append_varint(value, content.size);
    buffer_append_bytes(value, content);
}

static void put_number(struct buffer *value, enum topic_member member, int64_t number) {
    char content[8];
    put_be64(content, (uint64_t)number);
    put_member(value, member, (struct bytes){ .data = content, .size = sizeof content });
}

static void put_partitions(struct buffer *value, const struct topic_entry *entry) {
    buffer_append_varint(value, MEMBER_PARTITIONS);
    buffer_append_varint(value, (uint64_t)entry->partition_count * PARTITION_BYTES);
    for (uint32_t i = 0; i < entry->partition_count; i++) {
        buffer_append_be32(value, entry->partitions[i]->id);
        buffer_append_be32(value, entry->partitions[i]->slot);
        buffer_append_be64(value, entry->partitions[i]->version);
    }
}

void topic_entry_encode(const struct topic_entry *entry, struct buffer *value) {
    const struct storage_topic *topic = entry->topic;
    const struct storage_settings *settings = &topic->settings;
    buffer_append_u8(value, TOPIC_VERSION);
    put_member(value, MEMBER_NAME, bytes_text(topic->name));
    put_number(value, MEMBER_CREATED_AT, topic->created_at_ms);
    put_number(value, MEMBER_CREATED_VERSION, (int64_t)topic->created_version);
    put_partitions(value, entry);
    put_number(value, MEMBER_EVENT_BYTES_MAX, settings->max_event_bytes);
    put_number(value, MEMBER_ACK, settings->ack);
    put_number(value, MEMBER_CLEANUP, settings->cleanup_policy);
    put_number(value, MEMBER_DEDUPE_MS, settings->dedupe_ms);
    put_number(value, MEMBER_RETENTION_MS, settings->retention_ms);
    put_number(value, MEMBER_RETENTION_BYTES, settings->retention_bytes);
    if (settings->has_key_pointer)
        put_member(value, MEMBER_KEY_POINTER, bytes_text(settings->key_pointer));
    buffer_append_bytes(value, buffer_bytes(&entry->unknown_members));
}

/* What the members say, before the entry can be made: its size depends on the partitions. */
struct parsed {
    struct bytes name;
    struct bytes partitions;
    int64_t created_at_ms;
    uint64_t created_version;
    struct storage_settings settings;
    struct buffer unknown;
    bool failed;
};

static int64_t parse_number(struct parsed *parsed, struct bytes content, int64_t lowest, int64_t highest) {
    int64_t number = content.size == 8 ? (int64_t)get_be64(content.data) : INT64_MIN;
    if (content.size != 8 || number < lowest || number > highest)
        parsed->failed = true;
    return number;
}

static void parse_key_pointer(struct parsed *parsed, struct bytes content) {
    if (content.size > STORAGE_KEY_POINTER_BYTES_MAX || memchr(content.data, '\0', content.size) != NULL) {
        parsed->failed = true;
        return;
    }
    parsed->settings.has_key_pointer = true;
    memcpy(parsed->settings.key_pointer, content.data, content.size);
    parsed->settings.key_pointer[content.size] = '\0'; /* nothing is left of a longer one before it */
}

static void parse_member(struct parsed *parsed, uint64_t member, struct bytes content) {
    struct storage_settings *settings = &parsed->settings;
    switch (member) {
    case MEMBER_NAME: parsed->name = content; break;
    case MEMBER_PARTITIONS: parsed->partitions = content; break;
    case MEMBER_CREATED_AT: parsed->created_at_ms = parse_number(parsed, content, 0, INT64_MAX); break;
    case MEMBER_CREATED_VERSION: parsed->created_version = (uint64_t)parse_number(parsed, content, 0, INT64_MAX); break;
    case MEMBER_EVENT_BYTES_MAX:
        settings->max_event_bytes = (uint32_t)parse_number(parsed, content, 0, UINT32_MAX);
        break;
    case MEMBER_ACK:
        settings->ack = (enum storage_ack)parse_number(parsed, content, STORAGE_ACK_NONE, STORAGE_ACK_REPLICATED);
        break;
    case MEMBER_CLEANUP:
        settings->cleanup_policy = (enum storage_cleanup_policy)parse_number(parsed, content, STORAGE_CLEANUP_DELETE,
                                                                             STORAGE_CLEANUP_COMPACT);
        break;
    case MEMBER_DEDUPE_MS: settings->dedupe_ms = parse_number(parsed, content, 0, INT64_MAX); break;
    case MEMBER_RETENTION_MS:
        settings->retention_ms = parse_number(parsed, content, STORAGE_FOR_EVER, INT64_MAX);
        break;
    case MEMBER_RETENTION_BYTES:
        settings->retention_bytes = parse_number(parsed, content, STORAGE_FOR_EVER, INT64_MAX);
        break;
    case MEMBER_KEY_POINTER: parse_key_pointer(parsed, content); break;
    default:
        buffer_append_varint(&parsed->unknown, member);
        buffer_append_varint(&parsed->unknown, content.size);
        buffer_append_bytes(&parsed->unknown, content);
    }
}

static enum status parse(struct bytes value, struct parsed *parsed) {
    struct reader reader = reader_of(value.data, value.size);
    if (reader_u8(&reader) != TOPIC_VERSION)
        return reader.failed ? STATUS_CORRUPT : STATUS_NEWER_FORMAT;
    while (reader_left(&reader) > 0 && !reader.failed) {
        uint64_t member = reader_varint(&reader);
        uint64_t size = reader_varint(&reader);
        const char *content = reader_take(&reader, size);
        if (content != NULL)
            parse_member(parsed, member, (struct bytes){ .data = content, .size = (size_t)size });
    }
    size_t partitions = parsed->partitions.size / PARTITION_BYTES;
    if (reader.failed || parsed->failed || parsed->partitions.size % PARTITION_BYTES != 0 || partitions == 0 ||
        partitions > STORAGE_PARTITIONS_MAX)
        return STATUS_CORRUPT;
    if (parsed->name.size == 0 || parsed->name.size > STORAGE_TOPIC_NAME_BYTES_MAX ||
        memchr(parsed->name.data, '\0', parsed->name.size) != NULL)
        return STATUS_CORRUPT;
    parsed->settings.partitions = (uint32_t)partitions;
    return parsed->unknown.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status make_partitions(struct topic_entry *entry, struct bytes encoded) {
    struct reader reader = reader_of(encoded.data, encoded.size);
    for (uint32_t i = 0; i < entry->partition_count; i++) {
        uint32_t id = reader_be32(&reader);
        uint32_t slot = reader_be32(&reader);
        uint64_t version = reader_be64(&reader);
        if (id == UINT32_MAX || slot >= FAMILY_SLOTS_MAX)
            return STATUS_CORRUPT;
        entry->partitions[i] = partition_new(entry->topic->id, id, i, slot, version);
        if (entry->partitions[i] == NULL)
            return STATUS_NO_MEMORY;
        entry->topic->partition_versions[i] = version;
    }
    return STATUS_OK;
}

static enum status make_entry(struct parsed *parsed, uint64_t topic_id, struct topic_entry **ret_entry) {
    char name[STORAGE_TOPIC_NAME_BYTES_MAX + 1] = "";
    memcpy(name, parsed->name.data, parsed->name.size);
    struct storage_topic *topic = storage_topic_new(name, &parsed->settings);
    if (topic == NULL)
        return STATUS_NO_MEMORY;
    topic->id = topic_id;
    topic->capabilities = TOPIC_CAPABILITIES;
    topic->created_at_ms = parsed->created_at_ms;
    topic->created_version = parsed->created_version;
    autoentry struct topic_entry *entry = topic_entry_new(topic);
    if (entry == NULL)
        return STATUS_NO_MEMORY;
    enum status status = make_partitions(entry, parsed->partitions);
    if (status != STATUS_OK)
        return status;
    entry->unknown_members = parsed->unknown;
    parsed->unknown = (struct buffer){ 0 };
    *ret_entry = entry;
    entry = NULL;
    return STATUS_OK;
}

enum status topic_entry_decode(struct bytes value, uint64_t topic_id, struct topic_entry **ret_entry) {
    struct parsed parsed = {
        .settings = { .retention_ms = STORAGE_FOR_EVER, .retention_bytes = STORAGE_FOR_EVER },
    };
    enum status status = parse(value, &parsed);
    if (status == STATUS_OK)
        status = make_entry(&parsed, topic_id, ret_entry);
    buffer_finish(&parsed.unknown);
    return status;
}
