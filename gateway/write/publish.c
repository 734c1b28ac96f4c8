/* Publishing: keys, partitions, limits of a topic; then storage. */
#include "gateway/write/publish.h"

#include "gateway/json/key_pointer.h"
#include "gateway/topics.h"
#include "gateway/write/partitioner.h"

void event_errors_add(struct event_errors *errors, size_t index, size_t position, const char *message) {
    if (errors->count < LIMIT_ERRORS_LISTED)
        errors->listed[errors->count] =
            (struct event_error){ .index = index, .position = position, .message = message };
    errors->count++;
}

/* The key that the topic's pointer finds in an event that brings none. False: it is no key, and `error` says why; NULL:
 * there is no memory. */
static bool find_key(const struct storage_topic *topic, const struct publish_event *event, struct arena *arena,
                     struct buffer *scratch, struct bytes *ret_key, const char **error) {
    buffer_clear(scratch);
    enum key_pointer_result result = key_pointer_find(topic->settings.key_pointer, event->value, scratch);
    if (scratch->failed) { /* then what was found, or not, means nothing */
        *error = NULL;
        return false;
    }

    switch (result) {
    case KEY_POINTER_NONE: return true;
    case KEY_POINTER_INVALID: *error = "the key contains an unpaired surrogate escape"; return false;
    case KEY_POINTER_FOUND: break;
    }

    if (scratch->size > LIMIT_KEY_BYTES) {
        *error = "the key is longer than " LIMIT_TEXT(LIMIT_KEY_BYTES) " bytes";
        return false;
    }

    const char *copy = arena_copy(arena, buffer_bytes(scratch).data, scratch->size);
    if (copy == NULL) {
        *error = NULL;
        return false;
    }

    *ret_key = (struct bytes){ copy, scratch->size };
    return true;
}

/* What is wrong with an event by the settings of its topic; NULL: nothing. */
static const char *check_event(const struct storage_topic *topic, const struct publish_event *event,
                               struct arena *arena, struct event_errors *errors) {
    if (event->value.size > topic->settings.max_event_bytes) {
        errors->too_large++;
        const char *text = arena_printf(arena, "the event has %zu bytes; max_event_bytes of the topic is %u",
                                        event->value.size, topic->settings.max_event_bytes);
        return text != NULL ? text : "the event is larger than max_event_bytes of the topic";
    }
    if (event->partition != PUBLISH_ANY_PARTITION && event->partition >= (int64_t)topic->settings.partitions) {
        const char *text = arena_printf(arena, "partition %lld does not exist: the topic has %u",
                                        (long long)event->partition, topic->settings.partitions);
        return text != NULL ? text : "the topic has no such partition";
    }
    return NULL;
}

static uint32_t choose_partition(const struct storage_topic *topic, const struct publish_event *event, struct bytes key,
                                 uint32_t keyless) {
    if (event->partition != PUBLISH_ANY_PARTITION)
        return (uint32_t)event->partition;
    if (bytes_present(key))
        return partitioner_of_key(key, topic->settings.partitions);
    return keyless;
}

static enum status add_record(const struct storage_topic *topic, const struct publish_event *event, uint32_t keyless,
                              struct arena *arena, struct buffer *scratch, struct event_errors *errors,
                              struct publish *publish) {
    const char *error = check_event(topic, event, arena, errors);
    struct bytes key = event->key;
    if (error == NULL && !bytes_present(key) && topic->settings.has_key_pointer &&
        !find_key(topic, event, arena, scratch, &key, &error) && error == NULL)
        return STATUS_NO_MEMORY;
    if (error != NULL) {
        event_errors_add(errors, event->index, event->position, error);
        return STATUS_OK;
    }
    publish->records[publish->record_count++] = (struct storage_record){ .partition = choose_partition(topic, event,
                                                                                                       key, keyless),
                                                                         .timestamp_ms = event->timestamp_ms,
                                                                         .key = key,
                                                                         .value = event->value,
                                                                         .headers = event->headers,
                                                                         .header_count = event->header_count };
    return STATUS_OK;
}

enum status publish_prepare(struct gateway *gateway, const struct storage_topic *topic,
                            const struct publish_event *events, size_t event_count, struct arena *arena,
                            struct event_errors *errors, struct publish *publish) {
    uint32_t partitions = topic->settings.partitions;
    size_t extents = storage_extents_max(topic, event_count);
    publish->records = arena_array(arena, event_count + 1, sizeof *publish->records);
    publish->append.extents = arena_array(arena, extents + 1, sizeof *publish->append.extents);
    if (publish->records == NULL || publish->append.extents == NULL)
        return STATUS_NO_MEMORY;
    /* All keyless events of a request go together, to the next partition of a round robin. */
    uint32_t keyless = partitions > 1 ? topics_round_robin(gateway->topics, topic) % partitions : 0;
    autobuffer struct buffer scratch = { 0 };
    for (size_t i = 0; i < event_count; i++) {
        enum status s = add_record(topic, &events[i], keyless, arena, &scratch, errors, publish);
        if (s != STATUS_OK)
            return s;
    }
    return STATUS_OK;
}

void publish_start(struct gateway *gateway, const struct storage_topic *topic, struct publish *publish) {
    struct storage_append *append = &publish->append;
    append->topic_id = topic->id;
    append->records = publish->records;
    append->record_count = publish->record_count;
    gateway_append(gateway, append);
}
