/* storage/rocksdb/topic_entry: a topic as the family catalog keeps it. The input is such a value, as a disk gives it.
 *
 * What is taken for a topic is one: its settings are what settings can be, the last of repeated members counts, and
 * writing it gives a value that is read as the same topic, with the members that nobody here knows. */
#include "storage/rocksdb/catalog/topic_entry.h"
#include "base/bits.h"
#include "storage/rocksdb/database/family_names.h"
#include "tests/fuzz/fuzz.h"

enum { MEMBER_NAME = 1, MEMBER_KEY_POINTER = 11, MEMBER_FIRST_UNKNOWN = 12, TOPIC_ID = 4711 };
enum { ALL_SETTINGS = 2 * STORAGE_SETTING_KEY_POINTER - 1 };

/* A second, simple-minded reading of the members. */
static struct bytes last_member(struct bytes value, uint64_t wanted) {
    struct reader reader = reader_of(value.data, value.size);
    struct bytes last = BYTES_NONE;
    reader_u8(&reader);
    while (reader_left(&reader) > 0) {
        uint64_t member = reader_varint(&reader);
        uint64_t size = reader_varint(&reader);
        const char *content = reader_take(&reader, size);
        fuzz_check(content != NULL);
        if (member == wanted)
            last = (struct bytes){ content, (size_t)size };
    }
    return last;
}

static size_t count_unknown(struct bytes value) {
    struct reader reader = reader_of(value.data, value.size);
    size_t count = 0;
    reader_u8(&reader);
    while (reader_left(&reader) > 0) {
        uint64_t member = reader_varint(&reader);
        count += member == 0 || member >= MEMBER_FIRST_UNKNOWN;
        reader_take(&reader, reader_varint(&reader));
    }
    return count;
}

static void check_settings(const struct storage_settings *settings) {
    fuzz_check(settings->ack >= STORAGE_ACK_NONE && settings->ack <= STORAGE_ACK_REPLICATED);
    fuzz_check(settings->cleanup_policy <= STORAGE_CLEANUP_COMPACT && settings->dedupe_ms >= 0);
    fuzz_check(settings->retention_ms >= STORAGE_FOR_EVER && settings->retention_bytes >= STORAGE_FOR_EVER);
    fuzz_check(strlen(settings->key_pointer) <= STORAGE_KEY_POINTER_BYTES_MAX);
}

static void check_entry(const struct topic_entry *entry, struct bytes value) {
    const struct storage_topic *topic = entry->topic;
    fuzz_check(topic->id == TOPIC_ID && topic->created_at_ms >= 0);
    fuzz_check(bytes_equal(bytes_text(topic->name), last_member(value, MEMBER_NAME)));
    struct bytes pointer = last_member(value, MEMBER_KEY_POINTER);
    fuzz_check(bytes_present(pointer) == topic->settings.has_key_pointer);
    fuzz_check(bytes_equal(bytes_text(topic->settings.key_pointer), pointer));
    check_settings(&topic->settings);
    fuzz_check(entry->partition_count == topic->settings.partitions);
    fuzz_check(entry->partition_count >= 1 && entry->partition_count <= STORAGE_PARTITIONS_MAX);

    for (uint32_t i = 0; i < entry->partition_count; i++) {
        const struct partition *partition = entry->partitions[i];
        fuzz_check(partition->number == i && partition->slot < FAMILY_SLOTS_MAX && partition->id < UINT32_MAX);
        fuzz_check(partition->topic_id == TOPIC_ID && topic->partition_versions[i] == partition->version);
    }
}

static void check_same(const struct topic_entry *a, const struct topic_entry *b) {
    fuzz_check(strcmp(a->topic->name, b->topic->name) == 0 && a->partition_count == b->partition_count);
    fuzz_check(a->topic->created_at_ms == b->topic->created_at_ms);
    fuzz_check(a->topic->created_version == b->topic->created_version);
    fuzz_check(storage_settings_differing(&a->topic->settings, &b->topic->settings, ALL_SETTINGS) == 0);
    for (uint32_t i = 0; i < a->partition_count; i++)
        fuzz_check(a->partitions[i]->id == b->partitions[i]->id && a->partitions[i]->slot == b->partitions[i]->slot &&
                   a->partitions[i]->version == b->partitions[i]->version);
    fuzz_check(bytes_equal(buffer_bytes(&a->unknown_members), buffer_bytes(&b->unknown_members)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autofree char *exact = fuzz_exact(fuzz_input_of(data, size).left);
    struct bytes value = { exact, size };
    autoentry struct topic_entry *entry = NULL;
    autoentry struct topic_entry *again = NULL;
    autobuffer struct buffer written = { 0 };
    enum status status = topic_entry_decode(value, TOPIC_ID, &entry);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT || status == STATUS_NEWER_FORMAT);
    fuzz_check((status == STATUS_NEWER_FORMAT) == (size > 0 && data[0] != 1));
    if (status != STATUS_OK)
        return 0;

    check_entry(entry, value);
    topic_entry_encode(entry, &written);
    fuzz_check(topic_entry_decode(buffer_bytes(&written), TOPIC_ID, &again) == STATUS_OK);
    check_same(entry, again);
    fuzz_check(count_unknown(buffer_bytes(&written)) == count_unknown(value));
    return 0;
}
