/* What a producer requests besides the events: read once, from the path, the parameters and the headers. */
#ifndef TAILRACE_API_EVENTS_APPEND_REQUEST_H
#define TAILRACE_API_EVENTS_APPEND_REQUEST_H

#include "api/events/body.h"
#include "api/http/request.h"

struct append_request {
    struct bytes topic; /* a valid name, terminated; the topic may not exist */
    enum body_form form;
    struct publish_event defaults; /* key, time and partition of events that have none of their own */
    bool partial;                  /* good events are written even if others are not good */
    bool has_ack;                  /* else that of the topic */
    enum storage_ack ack;
};

/* False: the reply says what is wrong, or what is not supported yet. */
bool append_request_read(const struct request *request, struct reply *reply, struct append_request *ret_append);

#endif
