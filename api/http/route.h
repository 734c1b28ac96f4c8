/* Routes: what a row of the table says, and how a request finds its row. The table itself is api/routes.c. */
#ifndef TAILRACE_API_HTTP_ROUTE_H
#define TAILRACE_API_HTTP_ROUTE_H

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

struct route_table {
    const struct route *rows;  /* ends with a row whose pattern is NULL; at most ROUTES_MAX with that row */
    const struct route *files; /* for what no row has, if there are files */
};

/* The route of a request that has been parsed: sets request->route and path_params. One slash at the end of the path
 * does not count. What the table has not may be a file, if there are any. When there is none, NULL, and *ret_methods has
 * the methods that the path does have (0: there is nothing at this path). */
const struct route *route_find(const struct route_table *table, struct request *request, unsigned *ret_methods);

/* "GET, HEAD, PUT, OPTIONS" for a set of methods; in the arena. NULL: there is no memory. */
const char *route_allow(unsigned methods, struct arena *arena);

/* The query parameter of this route, which has a list of them, that a name stands for: itself, or the one of which it is
 * another name. None: it means nothing here. */
struct bytes route_parameter(const struct route *route, struct bytes name);

/* A number for each route of a table, that of files too, less than ROUTES_MAX. */
unsigned route_index(const struct route_table *table, const struct route *route);

#endif
