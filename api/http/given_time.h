/* Times in requests, and what is wrong with a text that is not a time. */
#ifndef TAILRACE_API_HTTP_GIVEN_TIME_H
#define TAILRACE_API_HTTP_GIVEN_TIME_H

#include "api/http/request.h"
#include "gateway/timestamp.h"

/* What is wrong with a text that timestamp_parse has refused, to follow that text: "1795645230" + " looks like …". In the
 * arena, or static. */
const char *given_time_fault(enum timestamp_result result, struct bytes text, struct arena *arena);

/* The time of a query parameter. False: the reply says that it is not a time. *ret_ms is left alone when the parameter is
 * missing. */
bool given_time_read(const struct request *request, const char *name, int64_t *ret_ms, struct reply *reply);

#endif
