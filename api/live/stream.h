/* A stream as the answer to a request: its headers, its first text, and its way to the hub. */
#ifndef TAILRACE_API_LIVE_STREAM_H
#define TAILRACE_API_LIVE_STREAM_H

#include "api/http/request.h"
#include "api/live/hub.h"

/* In the state of a request, zeroed. */
struct stream {
    struct takeover takeover;
    struct hub *hub;
    struct subscriber *subscriber; /* until the hub has it */
};

/* Makes a stream the body of the answer: the page first, then what follows it, unless it `ends`. Nothing of the page or of
 * what is asked for is borrowed. For HEAD there are the headers alone. Without memory the reply says so. */
void stream_reply(struct stream *stream, struct request *request, struct reply *reply,
                  const struct stream_request *what, struct page *page, bool ends);

/* Fine for a stream that never began, too. */
void stream_finish(struct stream *stream);

#endif
