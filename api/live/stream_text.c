/* The text of a stream. Values hold no CR or LF outside of escapes (the scanner overwrites them), so that an event is
 * one `data:` line. It stands before its `id:`: a client that is cut in between, and keeps the id, would never get the
 * event. A blank line stands behind events alone: many clients make an empty event of any other. */
#include "api/live/stream_text.h"

#include "gateway/json/json.h"

enum { RETRY_MS = 2000 };

void stream_text_retry(struct buffer *text, enum stream_format format, unsigned retry_ms) {
    if (format == STREAM_SSE)
        buffer_printf(text, "retry: %u\n", retry_ms);
}

void stream_text_begin(struct buffer *text, enum stream_format format) {
    stream_text_retry(text, format, RETRY_MS);
    if (format == STREAM_SSE)
        buffer_append_text(text, ": tailrace\n");
}

void stream_text_position(struct buffer *text, enum stream_format format, struct bytes cursor) {
    buffer_append_text(text, format == STREAM_SSE ? "id: " : "{\"next\":\"");
    buffer_append_bytes(text, cursor);
    buffer_append_text(text, format == STREAM_SSE ? "\n" : "\"}\n");
}

void stream_text_heartbeat(struct buffer *text, enum stream_format format, struct bytes cursor) {
    if (format == STREAM_SSE)
        buffer_append_text(text, ":\n");
    else
        stream_text_position(text, format, cursor);
}

void stream_text_end(struct buffer *text, enum stream_format format) {
    buffer_append_text(text, format == STREAM_SSE ? "event: end\ndata: {}\n\n" : "{\"end\":true}\n");
}

static const char *gap_reason(enum page_gap_reason reason) {
    switch (reason) {
    case PAGE_GAP_RETENTION: return "retention";
    case PAGE_GAP_TRUNCATED: return "truncated";
    case PAGE_GAP_RECREATED: return "recreated";
    case PAGE_GAP_DELETED: return "deleted";
    }
    return "unnamed";
}

static void append_gap_document(struct buffer *text, const struct page_gap *gap) {
    buffer_printf(text, "{\"reason\":\"%s\",\"topic\":", gap_reason(gap->reason));
    if (gap->topic != NULL)
        json_append_string(text, bytes_text(gap->topic));
    else
        buffer_append_text(text, "null");
    buffer_printf(text, ",\"partition\":%u,\"from\":%llu,\"to\":", gap->partition, (unsigned long long)gap->from);
    if (gap->reason == PAGE_GAP_DELETED)
        buffer_append_text(text, "null}");
    else
        buffer_printf(text, "%llu}", (unsigned long long)gap->to);
}

/* The last of the gaps brings the position behind all of them: a client that is cut before it gets all of them again,
 * one that has it gets none. */
static bool append_gap(struct buffer *text, enum stream_format format, const struct page_gap *gap,
                       const struct page_ids *ids) {
    if (format != STREAM_SSE) {
        buffer_append_text(text, "{\"gap\":");
        append_gap_document(text, gap);
        buffer_append_text(text, "}\n");
        return true;
    }

    buffer_append_text(text, "event: gap\ndata: ");
    append_gap_document(text, gap);
    if (gap->next == NULL) {
        buffer_append_text(text, "\nid: ");
        if (page_ids_here(ids, text) != STATUS_OK)
            return false;
    }
    buffer_append_text(text, "\n\n");
    return true;
}

static bool append_event(struct buffer *text, enum stream_format format, enum event_view view,
                         const struct page_chunk *chunk, const struct storage_record *record, struct page_ids *ids) {
    if (format != STREAM_SSE) {
        event_append_json(text, view, chunk->topic, record);
        buffer_append_u8(text, '\n');
        return true;
    }

    buffer_append_text(text, "data: ");
    event_append_json(text, view, chunk->topic, record);
    buffer_append_text(text, "\nid: ");
    if (page_ids_append(ids, chunk->topic->id, record, text) != STATUS_OK)
        return false;
    buffer_append_text(text, "\n\n");
    return true;
}

bool stream_text_page(struct buffer *text, enum stream_format format, enum event_view view, struct page *page) {
    if (page->event_count == 0 && page->gaps == NULL)
        return true;
    struct page_ids *ids = page_ids_new(page);
    if (ids == NULL)
        return false;

    for (const struct page_gap *gap = page->gaps; gap != NULL; gap = gap->next)
        if (!append_gap(text, format, gap, ids))
            return false;
    for (const struct page_chunk *chunk = page->chunks; chunk != NULL; chunk = chunk->next)
        for (size_t i = 0; i < chunk->read.record_count; i++)
            if (!append_event(text, format, view, chunk, &chunk->read.records[i], ids))
                return false;
    if (format == STREAM_LINES)
        stream_text_position(text, format,
                             buffer_bytes(&page->cursor)); /* lines carry no ids: one position behind them all */
    return !text->failed;
}
