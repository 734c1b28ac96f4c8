/* Who may call: origins of pages, and host names against DNS rebinding. */
#ifndef TAILRACE_API_HTTP_GUARD_CALLERS_H
#define TAILRACE_API_HTTP_GUARD_CALLERS_H

#include "api/http/guard/origin.h"

enum { CALLERS_NAMES_MAX = 32, CALLERS_HEADERS_MAX = 7 };

/* Every method of the API, for answers that know of no route. */
#define CALLERS_METHODS "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS"

/* What the operator allows beyond this machine. Zero-initialised; made before the server starts, constant then. */
struct callers {
    char origins[CALLERS_NAMES_MAX][ORIGIN_BYTES]; /* as browsers send them */
    size_t origin_count;
    char hosts[CALLERS_NAMES_MAX][HOST_NAME_BYTES];
    size_t host_count;
    bool any_origin;
};

/* Adds an origin ("https://shop.example", or "*" for all) or a host name, CALLERS_NAMES_MAX of each at most. False: no
 * request can ever match it; `ret_why` says why, and what to write instead. */
bool callers_add_origin(struct callers *callers, const char *text, char *ret_why, size_t why_bytes);
bool callers_add_host(struct callers *callers, const char *text, char *ret_why, size_t why_bytes);

/* Pages of this machine (localhost, 127.0.0.1, [::1]) and of the named hosts, with http or https and any port, and
 * those of the named origins. */
bool callers_origin_allowed(const struct callers *callers, struct bytes origin);

/* For a listener on loopback: localhost, what is below it, any address literal, and the named hosts; any port. */
bool callers_host_allowed(const struct callers *callers, struct bytes host);

struct callers_header {
    const char *name;   /* static */
    struct bytes value; /* static, or borrowed from what was asked with */
};

/* The headers that let a page of an allowed origin read the answer; gives how many there are. `origin` and
 * `request_headers` (what a preflight asks for) may be none; `methods` is the list for Allow. */
size_t callers_headers(const struct callers *callers, struct bytes origin, struct bytes request_headers,
                       const char *methods, struct callers_header ret_headers[CALLERS_HEADERS_MAX]);

#endif
