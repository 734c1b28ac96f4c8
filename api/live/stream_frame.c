/* Chunks of the chunked coding. */
#include "api/live/stream_frame.h"

#include <assert.h>

static const char END[] = "\r\n";
static const char LAST_END[] = "\r\n0\r\n\r\n";

void stream_frame_begin(struct buffer *text) {
    assert(text->size == 0);
    if (buffer_reserve(text, STREAM_FRAME_HEAD_BYTES)) {
        memset(text->data, '0', STREAM_FRAME_HEAD_BYTES);
        text->size = STREAM_FRAME_HEAD_BYTES;
    }
}

bool stream_frame_empty(const struct buffer *text) { return text->size <= STREAM_FRAME_HEAD_BYTES; }

void stream_frame_end(struct buffer *text, bool last) {
    if (text->failed)
        return;
    assert(!stream_frame_empty(text));
    size_t size = text->size - STREAM_FRAME_HEAD_BYTES;
    assert(size <= UINT32_MAX);

    char *at = text->data + STREAM_FRAME_HEAD_BYTES;
    *--at = '\n';
    *--at = '\r';
    for (; size > 0; size >>= 4)
        *--at = "0123456789abcdef"[size & 15];
    buffer_append_text(text, last ? LAST_END : END);
}

struct stream_frame stream_frame_of(const struct buffer *text, bool last) {
    size_t end_bytes = last ? sizeof LAST_END - 1 : sizeof END - 1;
    struct bytes content = { text->data + STREAM_FRAME_HEAD_BYTES, text->size - STREAM_FRAME_HEAD_BYTES - end_bytes };
    size_t head_bytes = 2;
    for (size_t size = content.size; size > 0; size >>= 4)
        head_bytes++;
    return (struct stream_frame){ { content.data - head_bytes, head_bytes + content.size + end_bytes }, content };
}
