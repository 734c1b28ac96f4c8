/* The table of routes: the API's contents page. */
#ifndef TAILRACE_API_ROUTES_H
#define TAILRACE_API_ROUTES_H

#include "api/http/request.h"

enum route_body {
    BODY_IGNORED, /* what comes is read and thrown away */
    BODY_OPTIONAL,
    BODY_REQUIRED, /* without a length: 411 */
};

enum { ROUTES_MAX = 48 };

struct route {
    enum method method;
    const char *pattern; /* "/topics/{topic}/events" */
    request_handler handler;
    /* The query parameters that mean something here, separated by spaces; NULL: the query is the page's own affair. */
    const char *parameters;
    enum route_body body;
};

/* The route of a request that has been parsed: sets request->route and path_params. One slash at the end of the path
 * does not count. What the table has not may be a file, if there are any. When there is none, NULL, and *ret_methods has
 * the methods that the path does have (0: there is nothing at this path). */
const struct route *routes_find(struct request *request, unsigned *ret_methods);

/* "GET, HEAD, PUT, OPTIONS" for a set of methods; in the arena. NULL: there is no memory. */
const char *routes_allow(unsigned methods, struct arena *arena);

/* The query parameter of this route, which has a list of them, that a name stands for: itself, or the one of which it is
 * another name. None: it means nothing here. */
struct bytes routes_parameter(const struct route *route, struct bytes name);

/* All of them, for listing; ends with a row whose pattern is NULL. */
const struct route *routes_all(void);

/* The route of files, which is not among them. */
const struct route *routes_files(void);

/* A number for each, that of files too, less than ROUTES_MAX. */
unsigned routes_index(const struct route *route);

const char *method_name(enum method method);

#endif
