/* The checks before a handler sees a request. Every refusal that does not depend on an endpoint is made here. */
#include "api/http/exchange.h"

#include "api/http/guard/guard_layout.h"
#include "api/http/request_id.h"
#include "api/http/route.h"

/* The headers that the client has sent: behind those that were put in front of them (guard_padding.h). */
struct sent_headers {
    const struct guard_header *items;
    size_t count;
};

static bool was_put(const struct guard_padding *padding, const struct guard_header *header) {
    for (unsigned i = 0; i < GUARD_PADDED_COUNT; i++)
        if (header->value.data == padding->values[i])
            return true;
    return false;
}

static struct sent_headers sent_headers(const struct exchange *exchange) {
    struct sent_headers sent = { exchange->request.headers, exchange->request.header_count };
    while (sent.count > 0 && was_put(&exchange->padding, sent.items)) {
        sent.items++;
        sent.count--;
    }
    return sent;
}

/* For a library that does not report what it skipped: whether what it has parsed fills the request line and headers. */
static const char *check_layout(const struct exchange *exchange, const struct sent_headers *sent, const char *method,
                                const char *version) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(exchange->connection,
                                                                   MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info == NULL)
        return "the size of the headers is unknown";
    struct guard_layout layout = {
        .method = bytes_text(method),
        .target = { exchange->target_at, strlen(exchange->target) },
        .version = bytes_text(version),
        .section_bytes = info->header_size,
    };
    return guard_check_layout(&layout, sent->items, sent->count);
}

static const char *find_fault(const struct exchange *exchange, const char *method, const char *version) {
    struct sent_headers sent = sent_headers(exchange);
    if (sent.count > LIMIT_REQUEST_HEADERS)
        return "a request can have at most " LIMIT_TEXT(LIMIT_REQUEST_HEADERS) " headers";
    const char *fault = guard_check_line(bytes_text(method), bytes_text(exchange->target), bytes_text(version));
    if (fault == NULL)
        fault = guard_check(sent.items, sent.count, strcmp(version, "HTTP/1.0") == 0);
    if (fault == NULL && exchange->shared->forgiving_library)
        fault = guard_check_padding(&exchange->padding, sent.items, sent.count);
    if (fault == NULL && exchange->shared->forgiving_library)
        fault = check_layout(exchange, &sent, method, version);
    return fault;
}

static bool check_guard(struct exchange *exchange, const char *method, const char *version) {
#ifdef SABOTEUR_LENIENT_GUARD
    return true;
#endif
    struct request *request = &exchange->request;
    const char *fault = find_fault(exchange, method, version);
    if (fault != NULL) {
        request->reply.close = true; /* nobody knows where the next request would begin */
        reply_problem(&request->reply, guard_problem(fault), "%s", fault);
        return false;
    }
    /* Chunks are the library's: we see neither their sizes nor their line ends. One that forgives there, too, may find
     * their end elsewhere than whoever sent them on to us: nothing behind them is a request. */
    if (exchange->shared->forgiving_library && bytes_present(exchange->headers.transfer_encoding))
        request->reply.close = true;
    return true;
}

static bool check_callers(struct exchange *exchange) {
    struct request *request = &exchange->request;
    struct bytes host = exchange->headers.host;
    struct bytes origin = exchange->headers.origin;
    if (exchange->from->on_loopback && bytes_present(host) && !callers_host_allowed(exchange->shared->callers, host)) {
        reply_problem(&request->reply, PROBLEM_HOST_NOT_ALLOWED,
                      "%s is not a host name of this server; allow it with --host NAME",
                      reply_quote(&request->reply, host));
        return false;
    }
    if (bytes_present(origin) && !callers_origin_allowed(exchange->shared->callers, origin)) {
        reply_problem(&request->reply, PROBLEM_ORIGIN_NOT_ALLOWED,
                      "pages of %s may not call this server; allow them with --cors-origin ORIGIN",
                      reply_quote(&request->reply, origin));
        return false;
    }
    return true;
}

static bool check_parameters(struct request *request) {
    struct reply *reply = &request->reply;
    if (request->route->parameters == NULL)
        return true;
    for (size_t i = 0; i < request->query_count; i++) {
        struct bytes given = request->query[i].name;
        struct bytes name = route_parameter(request->route, given);
        if (!bytes_present(name)) {
            reply_problem(reply, PROBLEM_BAD_PARAMETER, "unknown parameter %s; this path takes %s",
                          reply_quote(reply, given),
                          request->route->parameters[0] != '\0' ? request->route->parameters : "none");
            return false;
        }
        request->query[i].name = name;
        for (size_t j = 0; j < i; j++) {
            if (bytes_equal(request->query[j].name, name)) {
                reply_problem(reply, PROBLEM_BAD_PARAMETER, "parameter %s is given twice; give it once",
                              reply_quote(reply, name));
                return false;
            }
        }
    }
    return true;
}

static bool check_body(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const struct exchange_headers *headers = &exchange->headers;
    size_t max = exchange->shared->gateway->limits.body_bytes_max;
    if (request->route->body == BODY_IGNORED)
        return true;

    if (!coding_of_request(headers->content_encoding, &exchange->body_coding)) {
        reply_header(&request->reply, "Accept-Encoding", CODING_LIST); /* RFC 9110 15.5.16 */
        reply_problem(&request->reply, PROBLEM_UNSUPPORTED_ENCODING,
                      "Content-Encoding %s is not supported; send one of " CODING_LIST ", or the body as it is",
                      reply_quote(&request->reply, headers->content_encoding));
        return false;
    }
    if (!bytes_present(headers->content_length) && !bytes_present(headers->transfer_encoding) &&
        request->route->body == BODY_REQUIRED) {
        reply_problem(&request->reply, PROBLEM_LENGTH_REQUIRED,
                      "the length of the body is missing; send Content-Length or Transfer-Encoding: chunked");
        return false;
    }
    if (headers->declared_bytes > max) {
        reply_problem(&request->reply, PROBLEM_BODY_TOO_LARGE, "the body is larger than %zu bytes", max);
        return false;
    }
    return true;
}

static bool check_route(struct exchange *exchange) {
    struct request *request = &exchange->request;
    struct reply *reply = &request->reply;
    unsigned methods = 0;
    const struct route *route = route_find(exchange->shared->routes, request, &methods);
    bool any = bytes_equal(request->path, BYTES_LITERAL("*")) && request->method == METHOD_OPTIONS;
    if (methods == 0 && !any) {
        reply_problem(reply, PROBLEM_NOT_FOUND, "unknown path %s; /openapi.yaml lists the paths of the API",
                      reply_quote(reply, request->path));
        return false;
    }
    if (route != NULL)
        return check_parameters(request) && check_body(exchange);

    const char *allow = route_allow(methods, &request->arena);
    reply_header(reply, "Allow", allow);
    if (request->method == METHOD_OPTIONS)
        reply_empty(reply, 204);
    else
        reply_problem(reply, PROBLEM_METHOD_NOT_ALLOWED, "method %s is not allowed at %s; use one of %s",
                      reply_quote(reply, bytes_text(exchange->method)), reply_quote(reply, request->path),
                      allow != NULL ? allow : "others");
    return false;
}

static bool check_target(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const char *why = "";
    enum status s = request_parse_target(request, exchange->target, &why);
    if (s == STATUS_INVALID)
        reply_problem(&request->reply, PROBLEM_BAD_REQUEST, "malformed request target: %s", why);
    else if (s != STATUS_OK)
        reply_no_memory(&request->reply);
    return s == STATUS_OK;
}

static void set_id(struct exchange *exchange) {
    struct request *request = &exchange->request;
    struct bytes id = exchange->headers.request_id;
    if (bytes_present(id) && request_id_valid(id))
        memcpy(request->id, id.data, id.size); /* zeroed before: a NUL follows */
    else
        request_id_make(request->id);
}

bool exchange_admit(struct exchange *exchange, const char *method, const char *version) {
    struct request *request = &exchange->request;
    const char *copy = arena_copy(&request->arena, method, strlen(method));
    bool has_headers = exchange_read_headers(exchange);
    exchange->method = copy != NULL ? copy : "?";
    exchange->chunked = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
    set_id(exchange);
    request->method = method_by_name(method);
    request->head = strcmp(method, "HEAD") == 0;
    /* An unknown method counts as a write: nobody knows what it would do. */
    request->reply.write = (request->method & (METHOD_GET | METHOD_OPTIONS)) == 0;

    if (!has_headers) {
        request->reply.close = true; /* nobody knows where its body ends */
        reply_no_memory(&request->reply);
        return false;
    }
    if (!check_guard(exchange, method, version) || !check_callers(exchange) || !check_target(exchange) ||
        !check_route(exchange))
        return false;
    if (atomic_load(&exchange->shared->closing)) {
        request->reply.close = true;
        reply_problem(&request->reply, PROBLEM_CLOSING, "the server is shutting down; retry later");
        return false;
    }
    return true;
}
