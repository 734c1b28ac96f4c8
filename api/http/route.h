/* Routes: what a row of the table says, and how a request finds its row. The table itself is api/routes.c. */
#ifndef TAILRACE_API_HTTP_ROUTE_H
#define TAILRACE_API_HTTP_ROUTE_H

#include "api/http/request.h"

enum route_body {
    BODY_IGNORED, /* read and discarded */
    BODY_OPTIONAL,
    BODY_REQUIRED, /* without a length: 411 */
};

enum { ROUTES_MAX = 48 };

struct route {
    enum method method;
    const char *pattern; /* "/topics/{topic}/events" */
    request_handler handler;
    /* The query parameters of this route, separated by spaces; NULL: any, for scripts of the page itself. */
    const char *parameters;
    enum route_body body;
};

struct route_table {
    const struct route *rows;  /* ends with a row whose pattern is NULL; at most ROUTES_MAX with that row */
    const struct route *files; /* for paths without a row, if files are served */
};

/* The route of a request that has been parsed: sets request->route and path_params. One slash at the end of the path
 * is ignored. A path without a row may be a file, if files are served. NULL: no route; *ret_methods has the methods that
 * the path does have (0: the path is unknown). */
const struct route *route_find(const struct route_table *table, struct request *request, unsigned *ret_methods);

/* "GET, HEAD, PUT, OPTIONS" for a set of methods; in the arena. NULL: there is no memory. */
const char *route_allow(unsigned methods, struct arena *arena);

/* The query parameter of the route (which has a list of them) that a name means: the one of that name, or the one that
 * the name is an alias of. None: the route has no such parameter. */
struct bytes route_parameter(const struct route *route, struct bytes name);

/* A number for each route of a table, including that of files; less than ROUTES_MAX. */
unsigned route_index(const struct route_table *table, const struct route *route);

#endif
