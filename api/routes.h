/* The table of routes: the API's contents page. */
#ifndef TAILRACE_API_ROUTES_H
#define TAILRACE_API_ROUTES_H

#include "api/http/route.h"

const struct route_table *routes_table(void);

#endif
