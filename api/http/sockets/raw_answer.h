/* An answer on a socket that has no request: to a connection that is refused or cut before libmicrohttpd could
 * answer. */
#ifndef TAILRACE_API_HTTP_SOCKETS_RAW_ANSWER_H
#define TAILRACE_API_HTTP_SOCKETS_RAW_ANSWER_H

#include "api/http/guard/callers.h"
#include "api/http/problem.h"
#include "api/http/sockets/raw_request.h"

/* Writes a whole problem answer, if the socket takes it at once, and shuts the socket down. Never blocks. A page of an
 * allowed origin can read it. Unless the request is known to be a read, the answer says that nothing was written; the
 * answer to HEAD has no body. */
void raw_answer(int fd, const struct callers *callers, const struct raw_request *request, enum problem_code code,
                const char *detail);

/* To a request for a stream: 200, why there is none now, and when to come again. Otherwise as raw_answer. An EventSource that
 * gets any other status never comes again. */
void raw_reconnect(int fd, const struct callers *callers, const struct raw_request *request, const char *why);

#endif
