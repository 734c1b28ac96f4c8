/* What a stream asks for. Streams that ask for the same share a channel. Pure. */
#ifndef TAILRACE_API_LIVE_STREAM_REQUEST_H
#define TAILRACE_API_LIVE_STREAM_REQUEST_H

#include "api/live/stream_text.h"
#include "gateway/read/selection.h"

struct stream_request {
    enum stream_format format;
    enum event_view view;
    const struct selection_query *what; /* borrowed, as the key */
    struct bytes key;                   /* none: all keys */
};

bool stream_request_equal(const struct stream_request *a, const struct stream_request *b);

/* The same for requests that are equal. */
uint32_t stream_request_hash(const struct stream_request *request);

/* A copy that borrows from the arena alone. False: no memory. */
bool stream_request_copy(const struct stream_request *request, struct arena *arena, struct stream_request *ret_copy);

#endif
