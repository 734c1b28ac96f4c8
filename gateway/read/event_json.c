/* Events as JSON text. */
#include "gateway/read/event_json.h"

#include "gateway/json/json.h"

void event_append_headers(struct buffer *text, const struct storage_header *headers, size_t count) {
    buffer_append_text(text, ",\"headers\":{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_u8(text, ',');
        json_append_string(text, headers[i].name);
        buffer_append_u8(text, ':');
        json_append_string(text, headers[i].value);
    }
    buffer_append_u8(text, '}');
}

/* What stands before the value. */
static void append_members(struct buffer *text, const struct storage_topic *topic,
                           const struct storage_record *record) {
    buffer_append_text(text, "{\"topic\":\""); /* names need no escapes */
    buffer_append_text(text, topic->name);
    buffer_append_text(text, "\",\"partition\":");
    buffer_append_udecimal(text, record->partition);
    buffer_append_text(text, ",\"offset\":");
    buffer_append_udecimal(text, record->offset);
    buffer_append_text(text, ",\"timestamp\":");
    buffer_append_decimal(text, record->timestamp_ms);
    if (record->received_at_ms != record->timestamp_ms) {
        buffer_append_text(text, ",\"received_at\":");
        buffer_append_decimal(text, record->received_at_ms);
    }

    if (bytes_present(record->key)) {
        buffer_append_text(text, ",\"key\":");
        json_append_string(text, record->key);
    }
    if (record->header_count > 0)
        event_append_headers(text, record->headers, record->header_count);
    if (bytes_present(record->id)) {
        buffer_append_text(text, ",\"id\":");
        json_append_string(text, record->id);
    }

    buffer_append_text(text, ",\"value\":");
}

void event_append_json(struct buffer *text, enum event_view view, const struct storage_topic *topic,
                       const struct storage_record *record) {
    if (view == EVENT_VIEW_WHOLE)
        append_members(text, topic, record);
    buffer_append_bytes(text, record->value);
    if (view == EVENT_VIEW_WHOLE)
        buffer_append_u8(text, '}');
}

size_t event_json_bytes(struct buffer *scratch, enum event_view view, const struct storage_topic *topic,
                        const struct storage_record *record) {
    buffer_clear(scratch);
    if (view == EVENT_VIEW_VALUE)
        return record->value.size;
    append_members(scratch, topic, record);
    return scratch->size + record->value.size + 1;
}
