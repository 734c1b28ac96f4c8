/* Which shape a request asks for. */
#include "api/http/page_shape.h"

#include "api/http/accept_header.h"

/* NDJSON has several names. */
static const char *const TYPES[] = { "application/json",   "application/x-ndjson", "text/event-stream",
                                     "application/ndjson", "application/jsonl",    "application/x-jsonlines" };
enum { TYPE_COUNT = sizeof TYPES / sizeof TYPES[0] };
static const enum page_shape SHAPES[TYPE_COUNT] = { PAGE_SHAPE_JSON,   PAGE_SHAPE_NDJSON, PAGE_SHAPE_SSE,
                                                    PAGE_SHAPE_NDJSON, PAGE_SHAPE_NDJSON, PAGE_SHAPE_NDJSON };
static const char *const FORMATS[] = { "json", "ndjson", "sse" }; /* in the order of enum page_shape */
enum { FORMAT_COUNT = sizeof FORMATS / sizeof FORMATS[0] };

enum status page_shape_read(struct request *request, enum page_shape *ret_shape) {
    struct bytes format = request_query(request, "format");
    if (bytes_present(format)) {
        for (int i = 0; i < FORMAT_COUNT; i++) {
            if (bytes_equal(format, bytes_text(FORMATS[i]))) {
                *ret_shape = (enum page_shape)i;
                return STATUS_OK;
            }
        }
        return STATUS_INVALID;
    }

    struct bytes accept = BYTES_NONE;
    enum status s = request_header_list(request, "Accept", &accept);
    if (s != STATUS_OK)
        return s;
    int type = bytes_present(accept) ? accept_header_choose(accept, TYPES, TYPE_COUNT) : -1;
    *ret_shape = type >= 0 ? SHAPES[type] : PAGE_SHAPE_JSON;
    return STATUS_OK;
}
