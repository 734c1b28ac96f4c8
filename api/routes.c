/* The table of routes, and how a path finds its row. */
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

const struct route *routes_all(void) { return ROUTES; }

const struct route *routes_files(void) { return &FILES; }

unsigned routes_index(const struct route *route) {
    return route == &FILES ? ROUTES_MAX - 1 : (unsigned)(route - ROUTES);
}

const char *method_name(enum method method) {
    switch (method) {
    case METHOD_GET: return "GET";
    case METHOD_PUT: return "PUT";
    case METHOD_POST: return "POST";
    case METHOD_PATCH: return "PATCH";
    case METHOD_DELETE: return "DELETE";
    case METHOD_OPTIONS: return "OPTIONS";
    }
    return "?";
}

/* How many segments the path has for the table: one slash at its end does not count. To files it makes a difference, and
 * two of them are no path of ours. */
static size_t count_segments(const struct request *request) {
    size_t count = request->segment_count;
    bool slash = count >= 2 && request->segments[count - 1].size == 0 && request->segments[count - 2].size > 0;
    return slash ? count - 1 : count;
}

/* Whether the segments of the path are those of the pattern; {…} takes any. */
static bool matches(const struct request *request, const char *pattern, struct bytes params[REQUEST_PATH_PARAMS_MAX]) {
    size_t segment_count = count_segments(request);
    size_t param_count = 0;
    const char *at = pattern;
    for (size_t i = 0; i < segment_count; i++) {
        if (*at != '/')
            return false;
        at++;
        size_t size = strcspn(at, "/");
        if (*at == '{')
            params[param_count++] = request->segments[i];
        else if (!bytes_equal(request->segments[i], (struct bytes){ at, size }))
            return false;
        at += size;
    }
    return *at == '\0' && segment_count > 0;
}

const struct route *routes_find(struct request *request, unsigned *ret_methods) {
    unsigned methods = 0;
    for (const struct route *route = ROUTES; route->pattern != NULL; route++) {
        struct bytes params[REQUEST_PATH_PARAMS_MAX] = { 0 };
        if (!matches(request, route->pattern, params))
            continue;
        methods |= route->method;
        if (route->method != request->method)
            continue;
        memcpy(request->path_params, params, sizeof params);
        request->route = route;
    }
    if (methods == 0 && request->files != NULL && request->segment_count > 0) {
        methods = FILES.method;
        request->route = request->method == FILES.method ? &FILES : NULL;
    }
    *ret_methods = methods;
    return request->route;
}

const char *routes_allow(unsigned methods, struct arena *arena) {
    autobuffer struct buffer list = { 0 };
    for (unsigned method = METHOD_GET; method <= METHOD_DELETE; method <<= 1) {
        if ((methods & method) != 0)
            buffer_printf(&list, "%s, ", method_name(method));
        if (method == METHOD_GET && (methods & METHOD_GET) != 0)
            buffer_append_text(&list, "HEAD, ");
    }
    buffer_append_text(&list, "OPTIONS");
    return list.failed ? NULL : arena_copy(arena, list.data, list.size);
}

/* Polyfills of EventSource cannot set the header, and each has its own name for it. */
static struct bytes name_meant(struct bytes name) {
    static const struct bytes others[] = { BYTES_LITERAL("lastEventId"), BYTES_LITERAL("lastEventID"),
                                           BYTES_LITERAL("Last-Event-ID") };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (bytes_equal(name, others[i]))
            return BYTES_LITERAL("last_event_id");
    return name;
}

struct bytes routes_parameter(const struct route *route, struct bytes name) {
    struct bytes meant = name_meant(name);
    const char *at = route->parameters;
    while (*at != '\0') {
        size_t size = strcspn(at, " ");
        if (bytes_equal((struct bytes){ at, size }, meant))
            return (struct bytes){ at, size };
        at += size + (at[size] == ' ');
    }
    return BYTES_NONE;
}
