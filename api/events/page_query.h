/* What a reader asks for, read from the parameters and headers of a request. */
#ifndef TAILRACE_API_EVENTS_PAGE_QUERY_H
#define TAILRACE_API_EVENTS_PAGE_QUERY_H

#include "api/http/request.h"
#include "gateway/read/event_json.h"
#include "gateway/read/page.h"

enum page_shape { PAGE_SHAPE_JSON, PAGE_SHAPE_NDJSON, PAGE_SHAPE_SSE };

struct page_request {
    struct page_query query; /* its arrays lie in the request's arena */
    enum page_shape shape;
    enum event_view view;
    bool stream;      /* it goes on without end: server-sent events, or lines with follow=true */
    bool resumes;     /* a stream from a position that it was given */
    uint64_t wait_ms; /* an empty page waits so long for an event */
};

/* False: the reply says what is wrong. */
bool page_request_read(struct request *request, struct reply *reply, struct page_request *asked);

/* `view=`; left alone when it is not there. */
bool page_view_read(const struct request *request, struct reply *reply, enum event_view *ret_view);

#endif
