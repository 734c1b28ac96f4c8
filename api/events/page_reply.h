/* A page as an answer. */
#ifndef TAILRACE_API_EVENTS_PAGE_REPLY_H
#define TAILRACE_API_EVENTS_PAGE_REPLY_H

#include "api/events/page_request.h"

/* The events of a page, as JSON or NDJSON. */
void page_reply(struct request *request, struct reply *reply, const struct page_request *params,
                const struct page *page);

/* All of such an answer but its body. */
void page_reply_headers(struct request *request, struct reply *reply, const struct page_request *params,
                        const struct page *page, uint64_t body_bytes);

/* Why there is no page, with a cursor if the reader can go on there. */
void page_reply_failure(struct reply *reply, const struct page *page);

#endif
