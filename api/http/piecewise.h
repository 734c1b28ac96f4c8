/* Bodies that are encoded while they are sent: files, and answers so large that the other clients of the thread would
 * wait for the encoder. */
#ifndef TAILRACE_API_HTTP_PIECEWISE_H
#define TAILRACE_API_HTTP_PIECEWISE_H

#include "api/http/reply.h"

#include <microhttpd.h>
#include <stdatomic.h>

struct piecewise;

/* Takes over the reply's file, or borrows its body. `count` counts them all; NULL, and nothing is taken: there is no
 * memory, or the count is at its limit. */
struct piecewise *piecewise_create(atomic_uint *count, struct reply *reply);

/* Of one that no response owns; NULL is fine. */
void piecewise_destroy(struct piecewise *piecewise);

/* The response, which owns it from here on. NULL: no memory, and nothing is taken. */
struct MHD_Response *piecewise_response(struct piecewise *piecewise, struct MHD_Connection *connection, bool head);

#endif
