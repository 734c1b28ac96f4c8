/* Publishing: from the events of a request to records in partitions, and into storage. */
#ifndef TAILRACE_GATEWAY_WRITE_PUBLISH_H
#define TAILRACE_GATEWAY_WRITE_PUBLISH_H

#include "base/budget.h"
#include "base/buffer.h"
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
    const char *message; /* static, or in the arena of the publish */
};

struct event_errors {
    struct event_error listed[LIMIT_ERRORS_LISTED]; /* the first ones, in the order of the events */
    size_t count;                                   /* of all, also of those not listed */
    size_t too_large;                               /* how many of them are events over the size limit */
};

void event_errors_add(struct event_errors *errors, size_t index, size_t position, const char *message);

/* One request's way into storage. Begins with the storage operation, so that its `done` can find the rest. */
struct publish {
    struct storage_append append;

    /* Internal, but for the count. */
    struct gateway *gateway;
    const struct storage_topic *topic;
    struct arena *arena;
    struct event_errors *errors;
    uint32_t keyless; /* the partition of all events that have no key */
    struct buffer scratch;
    struct storage_record *records; /* grows; out of the gateway's budget */
    size_t record_count;
    size_t record_capacity;
    size_t record_max;
    struct budget_share share;
};

/* Begins the records of a request, of which there will be at most `record_max`. `publish` is zeroed; all the others are
 * borrowed until publish_finish. Any thread, as all of these, one at a time. */
void publish_begin(struct gateway *gateway, const struct storage_topic *topic, size_t record_max, struct arena *arena,
                   struct event_errors *errors, struct publish *publish);

/* Checks one event against the topic, finds its key and partition, and adds its record; what is wrong with it is added to
 * `errors` instead. Records are made one by one while a body is cut, so that no list of its events lies beside them.
 * STATUS_OK; STATUS_NO_MEMORY, also where the budget refuses. */
enum status publish_add(struct publish *publish, const struct publish_event *event);

/* All events are added: room for what storage answers. Nothing is started. STATUS_OK or STATUS_NO_MEMORY. */
enum status publish_seal(struct publish *publish);

/* Hands the records (at least one) to storage. The caller has set append.op.done and append.ack. */
void publish_start(struct publish *publish);

/* Frees the records and gives back what they took. Fine when it is zeroed. */
void publish_finish(struct publish *publish);

#endif
