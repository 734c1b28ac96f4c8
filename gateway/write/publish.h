/* Publishing: from the events of a request to records in partitions, and into storage. */
#ifndef TAILRACE_GATEWAY_WRITE_PUBLISH_H
#define TAILRACE_GATEWAY_WRITE_PUBLISH_H

#include "gateway/gateway.h"

enum { PUBLISH_ANY_PARTITION = -1 };

/* One event as a client sent it. All bytes are borrowed from the request. */
struct publish_event {
    struct bytes value; /* valid JSON without white space around it */
    struct bytes key;   /* none: see the topic's key_pointer */
    const struct storage_header *headers;
    size_t header_count;
    int64_t timestamp_ms; /* or STORAGE_TIME_NONE */
    int64_t partition;    /* or PUBLISH_ANY_PARTITION */
    size_t index;         /* of the event in the request, counted from 0 */
    size_t position;      /* byte of the body where it begins */
};

/* What is wrong with an event. */
struct event_error {
    size_t index;
    size_t position;
    const char *message; /* static, or in the request's arena */
};

struct event_errors {
    struct event_error listed[LIMIT_ERRORS_LISTED];
    size_t count;     /* of all, also of those not listed */
    size_t too_large; /* how many of them are events over the size limit */
};

void event_errors_add(struct event_errors *errors, size_t index, size_t position, const char *message);

/* One request's way into storage. Begins with the storage operation, so that its `done` can find the rest. */
struct publish {
    struct storage_append append;
    struct storage_record *records; /* in the arena, as is append.extents */
    size_t record_count;
};

/* Checks the events against the topic, finds their keys and partitions, and makes records of the good ones; what is
 * wrong with the others is added to `errors`. Nothing is started. The arena must outlive the publish. STATUS_OK or
 * STATUS_NO_MEMORY. Any thread. */
enum status publish_prepare(struct gateway *gateway, const struct storage_topic *topic,
                            const struct publish_event *events, size_t event_count, struct arena *arena,
                            struct event_errors *errors, struct publish *publish);

/* Hands the records (at least one) to storage. The caller has set append.op.done and append.ack. */
void publish_start(struct gateway *gateway, const struct storage_topic *topic, struct publish *publish);

#endif
