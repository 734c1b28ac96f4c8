/* A page as an answer. */
#ifndef TAILRACE_API_EVENTS_PAGE_REPLY_H
#define TAILRACE_API_EVENTS_PAGE_REPLY_H

#include "api/events/page_query.h"

/* The events of a page that was made, as JSON or lines of it. */
void page_reply(struct request *request, struct reply *reply, const struct page_request *asked, struct page *page);

/* Why it was not made, with a cursor where one can go on. */
void page_reply_failure(struct reply *reply, const struct page *page);

#endif
