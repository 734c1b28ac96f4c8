/* The answers to an append. */
#ifndef TAILRACE_API_EVENTS_APPEND_REPLY_H
#define TAILRACE_API_EVENTS_APPEND_REPLY_H

#include "api/events/body_events.h"
#include "api/http/reply.h"

/* Where the records of an append went, which may be none, and what is wrong with the events that were left out. */
void append_reply_written(struct reply *reply, const struct storage_append *append, const struct event_errors *errors);

/* Nothing was written because of these. */
void append_reply_errors(struct reply *reply, enum problem_code code, const struct event_errors *errors);

/* Nothing was written, because the body cannot be cut into events. Not for BODY_GOOD. */
void append_reply_body(struct reply *reply, enum body_result result, const struct body_events *events);

#endif
