/* Every limit that a client can meet. Fixed ones are constants here; those that an operator sets are in struct
 * limits, with defaults in options_rows.c. Names, key pointers and partitions have theirs in storage/storage.h, because
 * engines keep to them too. */
#ifndef TAILRACE_GATEWAY_LIMITS_H
#define TAILRACE_GATEWAY_LIMITS_H

#include "storage/storage.h"

#include <stddef.h>
#include <stdint.h>

/* What messages name is a macro: LIMIT_TEXT(LIMIT_KEY_BYTES) is "1024". */
#define LIMIT_TEXT(limit) LIMIT_TEXT_OF(limit)
#define LIMIT_TEXT_OF(number) #number

#define LIMIT_KEY_BYTES 1024 /* also of an id, a header's name and its value */
#define LIMIT_HEADERS_PER_EVENT 100
#define LIMIT_METADATA_BYTES STORAGE_METADATA_BYTES_MAX
#define LIMIT_JSON_DEPTH 128 /* arrays and objects, one inside the other: `[[]]` is 2 */
#define LIMIT_REQUEST_HEADERS 128
#define LIMIT_REQUEST_HEADERS_KIB 32 /* with the request line */

enum {
    LIMIT_REQUEST_HEADERS_BYTES = LIMIT_REQUEST_HEADERS_KIB * 1024,
    LIMIT_REQUEST_ID_BYTES = 128,
    LIMIT_QUERY_PARAMETERS = 32,
    LIMIT_CONTROL_DOCUMENT_BYTES = 64 << 10, /* a body that sets something, as a topic's settings or a commit */
    LIMIT_CURSOR_CHARACTERS = 4000,
    LIMIT_PAGE_EVENTS = 100000, /* the largest `limit=` */
    LIMIT_PAGE_EVENTS_DEFAULT = 500,
    LIMIT_PAGE_BYTES = 64 << 20, /* the largest `max_bytes=` */
    LIMIT_PAGE_BYTES_DEFAULT = 1 << 20,
    LIMIT_PAGE_SCAN_EVENTS = 100000, /* read for one page that is filtered by key */
    LIMIT_WAIT_MS = 60000,           /* the longest `wait_ms=` */
    LIMIT_LIST_DEFAULT = 100,        /* topics or groups of one page of the list */
    LIMIT_LIST = 1000,
    LIMIT_SELECTION_NAMES = 100, /* names and patterns of `topics=` */
    LIMIT_ERRORS_LISTED = 100,   /* `errors` of one answer; the rest is counted */
    LIMIT_EVENT_BYTES_DEFAULT = 1 << 20,
    LIMIT_EVENT_BYTES = 64 << 20, /* the largest `max_event_bytes` */
};

struct limits {
    size_t body_bytes_max;
    size_t body_events_max;
    unsigned connections_max;
    unsigned connections_per_address_max;
    int64_t header_timeout_ms;
    int64_t body_timeout_ms;
    int64_t idle_timeout_ms;
    int64_t stall_timeout_ms;   /* in which a client must take some of its answer */
    int64_t request_timeout_ms; /* until the work of a request has begun */
};

#endif
