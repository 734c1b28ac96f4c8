/* What a reader requests: read once from the path, the parameters and the headers. */
#ifndef TAILRACE_API_EVENTS_PAGE_REQUEST_H
#define TAILRACE_API_EVENTS_PAGE_REQUEST_H

#include "api/http/page_shape.h"
#include "gateway/read/event_json.h"
#include "gateway/read/page.h"

struct page_request {
    struct page_query query; /* its arrays lie in the request's arena */
    enum page_shape shape;
    enum event_view view;
    bool stream;      /* without end: server-sent events, or lines with follow=true */
    bool resumes;     /* a stream that goes on at a cursor */
    uint64_t wait_ms; /* how long an empty page waits for an event */
};

/* False: the reply says what is wrong. */
bool page_request_read(struct request *request, struct reply *reply, struct page_request *ret_params);

#endif
