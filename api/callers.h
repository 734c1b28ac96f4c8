/* Who may call: origins of pages, and host names against DNS rebinding. */
#ifndef TAILRACE_API_CALLERS_H
#define TAILRACE_API_CALLERS_H

#include "api/reply.h"
#include "base/bytes.h"

/* What the operator allows beyond this machine. Borrowed. */
struct callers {
    const char *const *origins; /* "https://shop.example", "null", or "*" */
    size_t origin_count;
    const char *const *hosts; /* names, without a port */
    size_t host_count;
};

/* Pages of this machine (localhost, 127.0.0.1, [::1], any port) and those that the operator names. */
bool callers_origin_allowed(const struct callers *callers, struct bytes origin);

/* For a listener on loopback: localhost, any address literal, and names that the operator gives; any port. */
bool callers_host_allowed(const struct callers *callers, struct bytes host);

/* The headers that let a page of an allowed origin read the answer. `origin` and `request_headers` (what a preflight
 * asks for) may be none; `methods` is the list for Allow. */
void callers_reply_headers(struct reply *reply, struct bytes origin, struct bytes request_headers, const char *methods);

#endif
