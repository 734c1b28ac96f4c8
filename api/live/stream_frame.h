/* A text of a stream as one chunk of the chunked coding (RFC 9112 7.1). The text is made once for readers of HTTP/1.1,
 * who get all of it, and of HTTP/1.0, who get what stands inside:
 *
 *     | unused | size, CR LF | content | CR LF |           or  | … | CR LF 0 CR LF CR LF |   behind which nothing follows
 *     '---- HEAD_BYTES ------'
 *
 * Pure. */
#ifndef TAILRACE_API_LIVE_STREAM_FRAME_H
#define TAILRACE_API_LIVE_STREAM_FRAME_H

#include "base/buffer.h"

enum { STREAM_FRAME_HEAD_BYTES = 10 }; /* eight digits and CR LF */

struct stream_frame {
    struct bytes chunk; /* borrowed from the buffer, as the next */
    struct bytes content;
};

/* Makes room for the head in an empty buffer; the content is appended next. */
void stream_frame_begin(struct buffer *text);

/* Whether there is no content. */
bool stream_frame_empty(const struct buffer *text);

/* Completes the chunk; `last`: the one that ends the body as well. The content has less than 4 GiB, and is not empty. */
void stream_frame_end(struct buffer *text, bool last);

/* Of a complete one. */
struct stream_frame stream_frame_of(const struct buffer *text, bool last);

#endif
