/* Brings an answer to the hub. */
#include "api/live/stream.h"

#include "api/live/stream_frame.h"
#include "base/memory.h"

static void begin(void *context, const struct taken_socket *socket) {
    struct stream *stream = context;
    hub_attach(stream->hub, take(&stream->subscriber), socket);
}

/* The first text of the stream. False: no memory. */
static bool write_first(struct stream_start *start, struct page *page) {
    struct buffer *text = &start->text;
    const struct stream_request *request = &start->request;
    stream_frame_begin(text);
    stream_text_begin(text, request->format);
    size_t begun = text->size;
    bool made = stream_text_page(text, request->format, request->view, page);
    if (text->size == begun)
        stream_text_position(text, request->format, buffer_bytes(&page->cursor));
    if (start->ends)
        stream_text_end(text, request->format);

    buffer_append_bytes(&start->cursor, buffer_bytes(&page->cursor));
    start->events = page->event_count;
    return made && !text->failed && !start->cursor.failed;
}

static struct subscriber *make_subscriber(const struct stream_request *what, struct page *page, bool ends) {
    struct stream_start start = { .request = *what, .ends = ends };
    struct subscriber *subscriber = write_first(&start, page) ? subscriber_create(&start) : NULL;
    buffer_finish(&start.text);
    buffer_finish(&start.cursor);
    return subscriber;
}

void stream_reply(struct stream *stream, struct request *request, struct reply *reply,
                  const struct stream_request *what, struct page *page, bool ends) {
    stream->subscriber = request->head ? NULL : make_subscriber(what, page, ends);
    if (stream->subscriber == NULL && !request->head) {
        reply_no_memory(reply);
        return;
    }
    stream->hub = request->hub;
    stream->takeover = (struct takeover){ .begin = begin, .context = stream };

    reply_live(reply, what->format == STREAM_SSE ? "text/event-stream" : "application/x-ndjson");
    reply->takeover = &stream->takeover;
}

void stream_finish(struct stream *stream) { subscriber_destroy(take(&stream->subscriber)); }
