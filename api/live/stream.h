/* A stream as the answer to a request: its headers, its first text, and its way to the hub. */
#ifndef TAILRACE_API_LIVE_STREAM_H
#define TAILRACE_API_LIVE_STREAM_H

#include "api/http/request.h"
#include "api/live/hub.h"

/* In the arena of the request, zeroed. */
struct stream {
    struct subscriber subscriber; /* the caller sets `request`, `first`, `cursor`, and what belongs to them */

    /* Internal. */
    struct takeover takeover;
    struct hub *hub;
    struct metrics *metrics;
};

/* The headers of an answer that is a stream, which is all that a HEAD gets. */
void stream_reply_headers(struct reply *reply, enum stream_format format);

/* Makes the stream the body of the answer. The subscriber belongs to the hub from then on. */
void stream_reply(struct stream *stream, struct request *request, struct reply *reply);

/* Fine for a stream that never reached the hub, too. */
void stream_finish(struct stream *stream);

#endif
