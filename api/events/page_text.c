/* The text of a page. */
#include "api/events/page_text.h"

#include "gateway/json/json.h"

static bool is_lines(const struct page_request *params) { return params->shape == PAGE_SHAPE_NDJSON; }

void page_text_begin(struct buffer *text, const struct page_request *params) {
    if (!is_lines(params))
        buffer_append_text(text, "{\"events\":[");
}

void page_text_event(struct buffer *text, const struct page_request *params, const struct storage_topic *topic,
                     const struct storage_record *record, bool *first) {
    if (!is_lines(params) && !*first)
        buffer_append_u8(text, ',');
    event_append_json(text, params->view, topic, record);
    if (is_lines(params))
        buffer_append_u8(text, '\n');
    *first = false;
}

void page_text_end(struct buffer *text, const struct page_request *params, const struct page *page) {
    if (is_lines(params))
        return;
    buffer_append_text(text, "],\"next\":");
    json_append_string(text, buffer_bytes(&page->cursor));
    buffer_printf(text, ",\"up_to_date\":%s}\n", page->up_to_date ? "true" : "false");
}

uint64_t page_text_chunk_bytes(struct buffer *scratch, const struct page_request *params,
                               const struct page_chunk *chunks, bool *first) {
    uint64_t bytes = 0;
    for (const struct page_chunk *chunk = chunks; chunk != NULL; chunk = chunk->next) {
        for (size_t i = 0; i < chunk->read.record_count; i++) {
            bytes += event_json_bytes(scratch, params->view, chunk->topic, &chunk->read.records[i]);
            bytes += is_lines(params) || !*first;
            *first = false;
        }
    }
    return bytes;
}

uint64_t page_text_frame_bytes(struct buffer *scratch, const struct page_request *params, const struct page *page) {
    buffer_clear(scratch);
    page_text_begin(scratch, params);
    page_text_end(scratch, params, page);
    return scratch->size;
}
