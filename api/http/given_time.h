/* Times that clients give, and what to tell them when one is none. */
#ifndef TAILRACE_API_HTTP_GIVEN_TIME_H
#define TAILRACE_API_HTTP_GIVEN_TIME_H

#include "api/http/request.h"
#include "gateway/timestamp.h"

/* What is wrong with a text that timestamp_parse has not taken, to stand behind it: "1795645230" + " is …". In the
 * arena, or static. */
const char *given_time_fault(enum timestamp_result result, struct bytes text, struct arena *arena);

/* The time of a query parameter. False: it is there and none, and the reply says so. When it is missing, *ret_ms is left
 * alone. */
bool given_time_read(const struct request *request, const char *name, int64_t *ret_ms, struct reply *reply);

#endif
