/* Publishing: keys, partitions, limits of a topic; then storage. */
#include "gateway/write/publish.h"

#include "base/memory.h"
#include "gateway/json/key_pointer.h"
#include "gateway/topics.h"
#include "gateway/write/partitioner.h"

enum { RECORDS_FIRST = 8, RECORDS_DOUBLED_MAX = 8192 };

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

/* Whether anybody will read what is wrong with the next bad event. */
static bool is_listed(const struct event_errors *errors) { return errors->count < LIMIT_ERRORS_LISTED; }

/* What is wrong with an event by the settings of its topic; NULL: nothing. */
static const char *check_event(const struct storage_topic *topic, const struct publish_event *event,
                               struct arena *arena, struct event_errors *errors) {
    if (event->value.size > topic->settings.max_event_bytes) {
        errors->too_large++;
        const char *text = is_listed(errors)
                               ? arena_printf(arena, "the event has %zu bytes; max_event_bytes of the topic is %u",
                                              event->value.size, topic->settings.max_event_bytes)
                               : NULL;
        return text != NULL ? text : "the event is larger than max_event_bytes of the topic";
    }
    if (event->partition != PUBLISH_ANY_PARTITION && event->partition >= (int64_t)topic->settings.partitions) {
        const char *text = is_listed(errors) ? arena_printf(arena, "partition %lld does not exist: the topic has %u",
                                                            (long long)event->partition, topic->settings.partitions)
                                             : NULL;
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

void publish_begin(struct gateway *gateway, const struct storage_topic *topic, size_t record_max, struct arena *arena,
                   struct event_errors *errors, struct publish *publish) {
    uint32_t partitions = topic->settings.partitions;
    publish->gateway = gateway;
    publish->topic = topic;
    publish->arena = arena;
    publish->errors = errors;
    publish->record_max = record_max;
    publish->share = (struct budget_share){ .budget = gateway->budget, .kind = BUDGET_PARSED };
    /* All keyless events of a request go together, to the next partition of a round robin. */
    publish->keyless = partitions > 1 ? topics_round_robin(gateway->topics, topic) % partitions : 0;
}

/* Room for one more record. Many grow by a quarter: what the budget has lent and nobody uses is small. */
static bool make_room(struct publish *publish) {
    size_t count = publish->record_capacity;
    if (publish->record_count < count)
        return true;
    size_t capacity = count < RECORDS_FIRST ? RECORDS_FIRST : count + (count < RECORDS_DOUBLED_MAX ? count : count / 4);
    if (capacity > publish->record_max && publish->record_max > count)
        capacity = publish->record_max;

    size_t held = publish->share.bytes;
    if (!budget_share_set(&publish->share, capacity * sizeof publish->records[0]))
        return false;
    struct storage_record *records = mem_resize(publish->records, capacity * sizeof *records);
    if (records == NULL) {
        budget_share_set(&publish->share, held);
        return false;
    }
    publish->records = records;
    publish->record_capacity = capacity;
    return true;
}

enum status publish_add(struct publish *publish, const struct publish_event *event) {
    const struct storage_topic *topic = publish->topic;
    const char *error = check_event(topic, event, publish->arena, publish->errors);
    struct bytes key = event->key;
    if (error == NULL && !bytes_present(key) && topic->settings.has_key_pointer &&
        !find_key(topic, event, publish->arena, &publish->scratch, &key, &error) && error == NULL)
        return STATUS_NO_MEMORY;
    if (error != NULL) {
        event_errors_add(publish->errors, event->index, event->position, error);
        return STATUS_OK;
    }

    if (!make_room(publish))
        return STATUS_NO_MEMORY;
    publish->records[publish->record_count++] = (struct storage_record){
        .partition = choose_partition(topic, event, key, publish->keyless),
        .timestamp_ms = event->timestamp_ms,
        .key = key,
        .value = event->value,
        .headers = event->headers,
        .header_count = event->header_count,
    };
    return STATUS_OK;
}

enum status publish_seal(struct publish *publish) {
    struct storage_append *append = &publish->append;
    size_t extents = storage_extents_max(publish->topic, publish->record_count);
    append->extents = arena_array(publish->arena, extents + 1, sizeof *append->extents);
    append->topic_id = publish->topic->id;
    append->records = publish->records;
    append->record_count = publish->record_count;
    return append->extents != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void publish_start(struct publish *publish) { gateway_append(publish->gateway, &publish->append); }

void publish_finish(struct publish *publish) {
    mem_free(publish->records);
    publish->records = NULL;
    publish->record_count = publish->record_capacity = 0;
    buffer_finish(&publish->scratch);
    budget_share_set(&publish->share, 0);
}
