/* Parameters that several endpoints of events take. Each function leaves its output alone when the parameter is missing,
 * and is false when the reply says what is wrong with it. */
#ifndef TAILRACE_API_EVENTS_EVENT_PARAMS_H
#define TAILRACE_API_EVENTS_EVENT_PARAMS_H

#include "api/http/request.h"
#include "gateway/read/event_json.h"

/* key= */
bool event_key_read(const struct request *request, struct reply *reply, struct bytes *ret_key);

/* view= */
bool event_view_read(const struct request *request, struct reply *reply, enum event_view *ret_view);

#endif
