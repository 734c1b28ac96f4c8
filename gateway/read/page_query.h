/* Queries that are kept, and compared: of those who wait for the same page. */
#ifndef TAILRACE_GATEWAY_READ_PAGE_QUERY_H
#define TAILRACE_GATEWAY_READ_PAGE_QUERY_H

#include "gateway/read/page.h"

/* Whether two ask for the same from the same position; where they start is not looked at. */
bool page_query_asks_the_same(const struct page_query *a, const struct page_query *b);

/* The same for queries that ask for the same. */
uint32_t page_query_hash(const struct page_query *query);

/* A copy that borrows from the arena alone, but for the start and the stop, which it lacks. False: no memory. */
bool page_query_copy(const struct page_query *query, struct arena *arena, struct page_query *ret_copy);

#endif
