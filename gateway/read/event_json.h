/* Events as JSON text, written straight from records: no tree on the hot path. */
#ifndef TAILRACE_GATEWAY_READ_EVENT_JSON_H
#define TAILRACE_GATEWAY_READ_EVENT_JSON_H

#include "base/buffer.h"
#include "gateway/gateway.h"

enum event_view {
    EVENT_VIEW_WHOLE, /* {"topic","partition","offset",…,"value"} */
    EVENT_VIEW_VALUE, /* the value alone */
};

void event_append_json(struct buffer *text, enum event_view view, const struct storage_topic *topic,
                       const struct storage_record *record);

/* How many bytes that appends; what it takes to know lies in `scratch`, which is cleared first and has failed when there is no
 * memory. */
size_t event_json_bytes(struct buffer *scratch, enum event_view view, const struct storage_topic *topic,
                        const struct storage_record *record);

/* The member `headers`, with the comma before it. */
void event_append_headers(struct buffer *text, const struct storage_header *headers, size_t count);

#endif
