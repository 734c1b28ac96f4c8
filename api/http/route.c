/* How a path finds its row of the table. */
#include "api/http/route.h"

unsigned route_index(const struct route_table *table, const struct route *route) {
    return route == table->files ? ROUTES_MAX - 1 : (unsigned)(route - table->rows);
}

/* The segments of the path for the table: one slash at the end is ignored. For files it matters, and two of them match no
 * row. */
static size_t count_segments(const struct request *request) {
    size_t count = request->segment_count;
    bool slash = count >= 2 && request->segments[count - 1].size == 0 && request->segments[count - 2].size > 0;
    return slash ? count - 1 : count;
}

/* Whether the segments of the path are those of the pattern; {name} takes any. */
static bool matches(const struct request *request, const char *pattern,
                    struct request_param params[REQUEST_PATH_PARAMS_MAX]) {
    size_t segment_count = count_segments(request);
    size_t param_count = 0;
    const char *at = pattern;
    for (size_t i = 0; i < segment_count; i++) {
        if (*at != '/')
            return false;
        at++;
        size_t size = strcspn(at, "/");
        if (*at == '{')
            params[param_count++] = (struct request_param){ { at + 1, size - 2 }, request->segments[i] };
        else if (!bytes_equal(request->segments[i], (struct bytes){ at, size }))
            return false;
        at += size;
    }
    return *at == '\0' && segment_count > 0;
}

const struct route *route_find(const struct route_table *table, struct request *request, unsigned *ret_methods) {
    unsigned methods = 0;
    for (const struct route *route = table->rows; route->pattern != NULL; route++) {
        struct request_param params[REQUEST_PATH_PARAMS_MAX] = { 0 };
        if (!matches(request, route->pattern, params))
            continue;
        methods |= route->method;
        if (route->method != request->method)
            continue;
        memcpy(request->path_params, params, sizeof params);
        request->route = route;
    }
    if (methods == 0 && request->files != NULL && request->segment_count > 0) {
        methods = table->files->method;
        request->route = request->method == table->files->method ? table->files : NULL;
    }
    *ret_methods = methods;
    return request->route;
}

const char *route_allow(unsigned methods, struct arena *arena) {
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

/* Polyfills of EventSource cannot set the header, and each has its own name for the parameter. */
static struct bytes unalias(struct bytes name) {
    static const struct bytes others[] = { BYTES_LITERAL("lastEventId"), BYTES_LITERAL("lastEventID"),
                                           BYTES_LITERAL("Last-Event-ID") };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (bytes_equal(name, others[i]))
            return BYTES_LITERAL("last_event_id");
    return name;
}

struct bytes route_parameter(const struct route *route, struct bytes name) {
    struct bytes meant = unalias(name);
    const char *at = route->parameters;
    while (*at != '\0') {
        size_t size = strcspn(at, " ");
        if (bytes_equal((struct bytes){ at, size }, meant))
            return (struct bytes){ at, size };
        at += size + (at[size] == ' ');
    }
    return BYTES_NONE;
}
