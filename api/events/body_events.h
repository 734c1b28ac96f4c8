/* The events that a body is cut into, whatever its form. */
#ifndef TAILRACE_API_EVENTS_BODY_EVENTS_H
#define TAILRACE_API_EVENTS_BODY_EVENTS_H

#include "gateway/write/publish.h"

/* Who gets the good events of one body, one by one and in order, and what is wrong with the others. */
struct body_events {
    enum status (*add)(void *context, const struct publish_event *event); /* STATUS_OK, or STATUS_NO_MEMORY: the end */
    void *context;
    size_t seen; /* events of the body, good or not */
    size_t count_max;
    struct event_errors errors; /* `add` may add to them */
};

enum body_result {
    BODY_GOOD,           /* single events may have errors */
    BODY_EMPTY,          /* nothing but white space */
    BODY_BROKEN,         /* not JSON, or not of this form: `errors` has one, which says where; nothing can be used */
    BODY_UNKNOWN_MEMBER, /* the same, because of an unknown member */
    BODY_NOT_SUPPORTED,  /* the same, because of a member that is not supported yet */
    BODY_TOO_MANY_EVENTS,
    BODY_NO_MEMORY,
};

/* For the files of the forms: hands over an event; refuses the body as a whole. */
enum body_result body_add(struct body_events *events, const struct publish_event *event);
enum body_result body_broken(struct body_events *events, size_t position, const char *message);

#endif
