/* Bodies that are made or encoded while they are sent: those that a handler gives in pieces, files that are encoded, and
 * answers so large that the other clients of the thread would wait for the encoder. */
#ifndef TAILRACE_API_HTTP_PIECEWISE_H
#define TAILRACE_API_HTTP_PIECEWISE_H

#include "api/http/request.h"

#include <microhttpd.h>

struct piecewise;

/* Takes over the file of the request's reply, or borrows its body or pieces, and puts it into the reply's coding. `waiting`
 * counts requests that wait while their connection is suspended. NULL: there is no memory, or the budget refuses it, and
 * nothing is taken. */
struct piecewise *piecewise_create(struct request *request, atomic_uint *waiting);

/* Of one that no response owns; NULL is fine. */
void piecewise_destroy(struct piecewise *piecewise);

/* The response, which owns it from here on. NULL: no memory, and nothing is taken. */
struct MHD_Response *piecewise_response(struct piecewise *piecewise, struct MHD_Connection *connection);

#endif
