/* The shape in which a request wants to see events: `format=`, else what `Accept` prefers, else JSON. */
#ifndef TAILRACE_API_HTTP_PAGE_SHAPE_H
#define TAILRACE_API_HTTP_PAGE_SHAPE_H

#include "api/http/request.h"

enum page_shape { PAGE_SHAPE_JSON, PAGE_SHAPE_NDJSON, PAGE_SHAPE_SSE };

/* STATUS_INVALID: `format` is none of json, ndjson, sse. STATUS_NO_MEMORY. */
enum status page_shape_read(struct request *request, enum page_shape *ret_shape);

#endif
