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

void storage_settings_take(struct storage_settings *settings, const struct storage_settings *from, unsigned which) {
    if (which & STORAGE_SETTING_PARTITIONS)
        settings->partitions = from->partitions;
    if (which & STORAGE_SETTING_MAX_EVENT_BYTES)
        settings->max_event_bytes = from->max_event_bytes;
    if (which & STORAGE_SETTING_ACK)
        settings->ack = from->ack;
    if (which & STORAGE_SETTING_CLEANUP_POLICY)
        settings->cleanup_policy = from->cleanup_policy;
    if (which & STORAGE_SETTING_DEDUPE_MS)
        settings->dedupe_ms = from->dedupe_ms;
    if (which & STORAGE_SETTING_RETENTION_MS)
        settings->retention_ms = from->retention_ms;
    if (which & STORAGE_SETTING_RETENTION_BYTES)
        settings->retention_bytes = from->retention_bytes;
    if (which & STORAGE_SETTING_KEY_POINTER) {
        settings->has_key_pointer = from->has_key_pointer;
        memcpy(settings->key_pointer, from->key_pointer, sizeof settings->key_pointer);
    }
}

unsigned storage_settings_differing(const struct storage_settings *a, const struct storage_settings *b,
                                    unsigned which) {
    unsigned same = 0;
    same |= a->partitions == b->partitions ? STORAGE_SETTING_PARTITIONS : 0;
    same |= a->max_event_bytes == b->max_event_bytes ? STORAGE_SETTING_MAX_EVENT_BYTES : 0;
    same |= a->ack == b->ack ? STORAGE_SETTING_ACK : 0;
    same |= a->cleanup_policy == b->cleanup_policy ? STORAGE_SETTING_CLEANUP_POLICY : 0;
    same |= a->dedupe_ms == b->dedupe_ms ? STORAGE_SETTING_DEDUPE_MS : 0;
    same |= a->retention_ms == b->retention_ms ? STORAGE_SETTING_RETENTION_MS : 0;
    same |= a->retention_bytes == b->retention_bytes ? STORAGE_SETTING_RETENTION_BYTES : 0;
    same |= a->has_key_pointer == b->has_key_pointer && strcmp(a->key_pointer, b->key_pointer) == 0
                ? STORAGE_SETTING_KEY_POINTER
                : 0;
    return which & ~same;
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
