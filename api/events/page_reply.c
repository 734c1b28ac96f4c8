/* A page as an answer. */
#include "api/events/page_reply.h"

#include "api/events/page_text.h"
#include "api/http/metrics.h"
#include "api/topics/names.h"
#include "gateway/json/json.h"

/* Unreserved bytes of RFC 3986, and others that need no escape in a query, stay as they are. */
static void append_query_text(struct buffer *link, struct bytes text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                     (byte != '\0' && strchr("-._~,*:", byte) != NULL);
        if (plain)
            buffer_append_u8(link, byte);
        else
            buffer_printf(link, "%%%02X", byte);
    }
}

static bool is_start(struct bytes name) {
    return bytes_equal(name, BYTES_LITERAL("cursor")) || bytes_equal(name, BYTES_LITERAL("offset")) ||
           bytes_equal(name, BYTES_LITERAL("from")) || bytes_equal(name, BYTES_LITERAL("group"));
}

/* Terminates the value. */
static void add_header(struct reply *reply, const char *name, struct buffer *value) {
    buffer_append_u8(value, '\0');
    reply_header(reply, name, value->failed ? NULL : value->data);
}

/* The same request, starting where this page ends. */
static void add_link(const struct request *request, struct reply *reply, struct bytes cursor) {
    autobuffer struct buffer link = { 0 };
    buffer_append_u8(&link, '<');
    buffer_append_bytes(&link, request->path);
    buffer_append_text(&link, "?cursor=");
    buffer_append_bytes(&link, cursor);
    for (size_t i = 0; i < request->query_count; i++) {
        if (is_start(request->query[i].name))
            continue;
        buffer_append_u8(&link, '&');
        append_query_text(&link, request->query[i].name);
        buffer_append_u8(&link, '=');
        append_query_text(&link, request->query[i].value);
    }
    buffer_append_text(&link, ">; rel=\"next\"");
    add_header(reply, "Link", &link);
}

static void add_cursor(struct reply *reply, struct bytes cursor) {
    autobuffer struct buffer value = { 0 };
    buffer_append_bytes(&value, cursor);
    add_header(reply, "Next-Cursor", &value);
}

void page_reply_failure(struct reply *reply, const struct page *page) {
    if (page->status == STATUS_TOPIC_NOT_FOUND) {
        reply_topic_not_found(reply, bytes_text(page->detail));
        return;
    }
    if (page->status == STATUS_INVALID || page->status == STATUS_PARTITION_NOT_FOUND) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "%s", page->detail);
        return;
    }
    if (page->unreadable.topic[0] != '\0') {
        reply_read_failed(reply, &page->unreadable);
        return;
    }
    if (page->cursor.size == 0) {
        reply_status(reply, page->status, page->detail);
        return;
    }
    autobuffer struct buffer more = { 0 };
    buffer_append_text(&more, "\"cursor\":");
    json_append_string(&more, buffer_bytes(&page->cursor));
    reply_problem_with(reply, problem_of_status(page->status), &more, "%s", page->detail);
}

void page_reply_headers(struct request *request, struct reply *reply, const struct page_request *params,
                        const struct page *page, uint64_t body_bytes) {
    bool ndjson = params->shape == PAGE_SHAPE_NDJSON;
    reply->http_status = 200;
    reply->content_type = ndjson ? "application/x-ndjson" : "application/json";
    metrics_events_out(request->metrics, page->event_count, body_bytes);
    add_link(request, reply, buffer_bytes(&page->cursor));
    if (ndjson)
        add_cursor(reply, buffer_bytes(&page->cursor));
}

/* About what the text of an event has beside what lies in memory of it; text that needs more grows. */
enum { MEMBER_BYTES = 64 };

static void append_page(struct buffer *body, const struct page_request *params, const struct page *page) {
    bool first = true;
    page_text_begin(body, params);
    for (const struct page_chunk *chunk = page->chunks; chunk != NULL; chunk = chunk->next)
        for (size_t i = 0; i < chunk->read.record_count; i++)
            page_text_event(body, params, chunk->topic, &chunk->read.records[i], &first);
    page_text_end(body, params, page);
}

void page_reply(struct request *request, struct reply *reply, const struct page_request *params,
                const struct page *page) {
    if (!reply_reserve(reply, page->kept_bytes + page->event_count * MEMBER_BYTES))
        return;
    append_page(&reply->body, params, page);
    page_reply_headers(request, reply, params, page, reply->body.size);
}
