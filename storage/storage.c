/* What all engines share: topics as counted values, the end of an operation, releasing results. */
#include "storage/storage.h"

#include "base/memory.h"
#include "base/references.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct storage_topic *storage_topic_new(const char *name, const struct storage_settings *settings) {
    assert(strlen(name) <= STORAGE_TOPIC_NAME_BYTES_MAX);
    assert(settings->partitions >= 1 && settings->partitions <= STORAGE_PARTITIONS_MAX);
    struct storage_topic *topic = mem_zero(1,
                                           sizeof *topic + settings->partitions * sizeof topic->partition_versions[0]);
    if (topic == NULL)
        return NULL;
    atomic_init(&topic->references, 1);
    topic->settings = *settings;
    memcpy(topic->name, name, strlen(name) + 1);
    return topic;
}

struct storage_topic *storage_topic_ref(const struct storage_topic *topic) {
    struct storage_topic *counted = (struct storage_topic *)topic;
    references_add(&counted->references);
    return counted;
}

void storage_topic_unref(const struct storage_topic *topic) {
    struct storage_topic *counted = (struct storage_topic *)topic;
    if (counted != NULL && references_drop(&counted->references))
        mem_free(counted);
}

/* The members of the settings, and whose setting each is. */
#define MEMBER(name) offsetof(struct storage_settings, name), sizeof(((struct storage_settings *)NULL)->name)
static const struct {
    unsigned setting;
    size_t offset;
    size_t size;
} MEMBERS[] = {
    { STORAGE_SETTING_PARTITIONS, MEMBER(partitions) },
    { STORAGE_SETTING_MAX_EVENT_BYTES, MEMBER(max_event_bytes) },
    { STORAGE_SETTING_ACK, MEMBER(ack) },
    { STORAGE_SETTING_CLEANUP_POLICY, MEMBER(cleanup_policy) },
    { STORAGE_SETTING_DEDUPE_MS, MEMBER(dedupe_ms) },
    { STORAGE_SETTING_RETENTION_MS, MEMBER(retention_ms) },
    { STORAGE_SETTING_RETENTION_BYTES, MEMBER(retention_bytes) },
    { STORAGE_SETTING_KEY_POINTER, MEMBER(has_key_pointer) },
    { STORAGE_SETTING_KEY_POINTER, MEMBER(key_pointer) },
};
enum { MEMBER_COUNT = sizeof MEMBERS / sizeof MEMBERS[0] };

void storage_settings_take(struct storage_settings *settings, const struct storage_settings *from, unsigned which) {
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (which & MEMBERS[i].setting)
            memcpy((char *)settings + MEMBERS[i].offset, (const char *)from + MEMBERS[i].offset, MEMBERS[i].size);
}

/* Whether a member has the same value in both. */
static bool member_equal(const struct storage_settings *a, const struct storage_settings *b, size_t i) {
    const char *in_a = (const char *)a + MEMBERS[i].offset;
    const char *in_b = (const char *)b + MEMBERS[i].offset;
    if (MEMBERS[i].offset == offsetof(struct storage_settings, key_pointer))
        return strcmp(in_a, in_b) == 0; /* what stands behind its NUL does not count */
    return memcmp(in_a, in_b, MEMBERS[i].size) == 0;
}

unsigned storage_settings_differing(const struct storage_settings *a, const struct storage_settings *b,
                                    unsigned which) {
    unsigned differing = 0;
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (!member_equal(a, b, i))
            differing |= MEMBERS[i].setting;
    return which & differing;
}

size_t storage_extents_max(const struct storage_topic *topic, size_t record_count) {
    bool one_each = (topic->capabilities & STORAGE_CAN_CONTIGUOUS) != 0;
    return one_each && record_count > topic->settings.partitions ? topic->settings.partitions : record_count;
}

void storage_bounds_ask(struct storage_partition_bounds *partitions, uint64_t topic_id, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        partitions[i] = (struct storage_partition_bounds){ .topic_id = topic_id, .partition = i };
}

void storage_op_done(struct storage_op *op, enum status status, const char *format, ...) {
    op->status = status;
    op->detail[0] = '\0';
    if (format != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(op->detail, sizeof op->detail, format, arguments);
        va_end(arguments);
    }
    op->done(op->context);
}

void storage_read_init(struct storage_read *read) {
    read->memory.newest = NULL; /* what it comes out of is the caller's choice */
    read->records = NULL;
    read->record_count = 0;
}

void storage_offsets_fetch_init(struct storage_offsets_fetch *fetch) {
    fetch->memory = (struct arena){ 0 };
    fetch->committed = NULL;
    fetch->count = 0;
}

void storage_groups_list_init(struct storage_groups_list *list) {
    list->memory = (struct arena){ 0 };
    list->names = NULL;
    list->count = 0;
    list->ret_more = false;
}

void storage_read_finish(struct storage_read *read) {
    arena_finish(&read->memory);
    read->records = NULL;
    read->record_count = 0;
}

void storage_offsets_fetch_finish(struct storage_offsets_fetch *fetch) {
    arena_finish(&fetch->memory);
    fetch->committed = NULL;
    fetch->count = 0;
}

void storage_groups_list_finish(struct storage_groups_list *list) {
    arena_finish(&list->memory);
    list->names = NULL;
    list->count = 0;
}

bool storage_can_ack(uint32_t capabilities, enum storage_ack ack) { return (capabilities & (1U << ack)) != 0; }

enum storage_ack storage_strongest_ack(uint32_t capabilities) {
    enum storage_ack strongest = STORAGE_ACK_NONE;
    for (enum storage_ack ack = STORAGE_ACK_NONE; ack <= STORAGE_ACK_REPLICATED; ack++)
        if (storage_can_ack(capabilities, ack))
            strongest = ack;
    return strongest;
}

const char *storage_ack_name(enum storage_ack ack) {
    switch (ack) {
    case STORAGE_ACK_NONE: return "none";
    case STORAGE_ACK_OS: return "os";
    case STORAGE_ACK_DISK: return "disk";
    case STORAGE_ACK_REPLICATED: return "replicated";
    }
    return "unnamed";
}
