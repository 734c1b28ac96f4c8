/* The table of routes: the API's contents page. */
#include "api/routes.h"

#include "api/endpoints.h"

static const char PAGE_PARAMETERS[] =
    "cursor offset from group limit max_bytes until partition key wait_ms follow format view last_event_id";
static const char PAGE_PARAMETERS_OF_MANY[] =
    "topics cursor offset from group limit max_bytes until partition key wait_ms follow format view last_event_id";

/* clang-format off */
static const struct route ROUTES[] = {
    { METHOD_GET,    "/",                                           index_get,     NULL,                 BODY_IGNORED },
    { METHOD_GET,    "/topics",                                     topics_list,   "prefix limit after", BODY_IGNORED },
    { METHOD_PUT,    "/topics/{topic}",                             topic_put,     "",                   BODY_OPTIONAL },
    { METHOD_GET,    "/topics/{topic}",                             topic_get,     "",                   BODY_IGNORED },
    { METHOD_PATCH,  "/topics/{topic}",                             topic_patch,   "",                   BODY_REQUIRED },
    { METHOD_DELETE, "/topics/{topic}",                             topic_delete,  "",                   BODY_IGNORED },
    { METHOD_POST,   "/topics/{topic}/events",                      events_post,   "key partition timestamp partial ack expected_offset format", BODY_REQUIRED },
    { METHOD_GET,    "/topics/{topic}/events",                      events_get,    PAGE_PARAMETERS,      BODY_IGNORED },
    { METHOD_GET,    "/topics/{topic}/events/{partition}/{offset}", event_get,     "view",               BODY_IGNORED },
    { METHOD_GET,    "/events",                                     events_get,    PAGE_PARAMETERS_OF_MANY, BODY_IGNORED },
    { METHOD_GET,    "/groups",                                     groups_list,   "prefix limit after", BODY_IGNORED },
    { METHOD_GET,    "/groups/{group}",                             group_get,     "",                   BODY_IGNORED },
    { METHOD_DELETE, "/groups/{group}",                             group_delete,  "",                   BODY_IGNORED },
    { METHOD_POST,   "/groups/{group}/offsets",                     group_commit,  "",                   BODY_REQUIRED },
    { METHOD_DELETE, "/groups/{group}/topics/{topic}",              group_topic_delete, "",              BODY_IGNORED },
    { METHOD_GET,    "/openapi.yaml",                               openapi_get,   "",                   BODY_IGNORED },
    { METHOD_GET,    "/livez",                                      livez_get,     "",                   BODY_IGNORED },
    { METHOD_GET,    "/readyz",                                     readyz_get,    "",                   BODY_IGNORED },
    { METHOD_GET,    "/metrics",                                    metrics_get,   "",                   BODY_IGNORED },
    { 0, NULL, NULL, NULL, BODY_IGNORED },
};
/* clang-format on */

static const struct route FILES = { METHOD_GET, "/{file}", static_get, NULL, BODY_IGNORED };

_Static_assert(sizeof ROUTES / sizeof ROUTES[0] <= ROUTES_MAX, "there are more routes than ROUTES_MAX");

static const struct route_table TABLE = { ROUTES, &FILES };

const struct route_table *routes_table(void) { return &TABLE; }
