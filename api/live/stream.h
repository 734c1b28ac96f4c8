/* A stream as the answer to a request: its headers, what it says first, and its way to the hub. */
#ifndef TAILRACE_API_LIVE_STREAM_H
#define TAILRACE_API_LIVE_STREAM_H

#include "api/http/request.h"
#include "api/live/hub.h"

/* In the arena of the request, zeroed. */
struct stream {
    struct subscriber
        subscriber; /* `asked`, `first` and `cursor`, with what belongs to them, are the caller's to set */

    /* Internal. */
    struct takeover takeover;
    struct hub *hub;
    struct metrics *metrics;
};

/* The headers of an answer that is a stream, which is all that a HEAD gets. */
void stream_reply_headers(struct reply *reply, enum stream_format format);

/* Makes the stream the body of the answer. The subscriber is the hub's from then on. */
void stream_reply(struct stream *stream, struct request *request, struct reply *reply);

/* For one that has not come to the hub, too. */
void stream_finish(struct stream *stream);

#endif
