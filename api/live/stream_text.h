/* The text of a stream: server-sent events (the HTML standard, section 9.2), or lines of JSON. Pure but for the page's
 * arena. */
#ifndef TAILRACE_API_LIVE_STREAM_TEXT_H
#define TAILRACE_API_LIVE_STREAM_TEXT_H

#include "gateway/read/event_json.h"
#include "gateway/read/page.h"

enum stream_format { STREAM_LINES, STREAM_SSE };

/* How it begins: how long a client waits before it reconnects, and a comment, so that it sees at once that the server
 * answers. */
void stream_text_begin(struct buffer *text, enum stream_format format);

/* Gaps and events of a page, each event with the position behind it. False: no memory. */
bool stream_text_page(struct buffer *text, enum stream_format format, enum event_view view, struct page *page);

/* A position alone. */
void stream_text_position(struct buffer *text, enum stream_format format, struct bytes cursor);

/* Keeps the connection alive. */
void stream_text_heartbeat(struct buffer *text, enum stream_format format, struct bytes cursor);

/* No more events will follow. */
void stream_text_end(struct buffer *text, enum stream_format format);

/* Reconnect after so long. */
void stream_text_retry(struct buffer *text, enum stream_format format, unsigned retry_ms);

#endif
