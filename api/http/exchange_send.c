/* From a reply to the response of libmicrohttpd. */
#include "api/http/exchange.h"

#include "api/http/encoding/carried.h"
#include "api/http/page_shape.h"
#include "api/http/route.h"
#include "base/memory.h"

/* A client that takes an answer more slowly than this, beyond the time that every answer gets, is cut off. */
enum { SEND_BYTES_PER_MS_MIN = 16, SEND_MS_MIN = 30000 };

/* Only a page needs to know which methods there are: other answers need not look for them. */
static void add_callers_headers(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const struct callers *callers = exchange->shared->callers;
    struct bytes origin = exchange->headers.origin;
    struct callers_header headers[CALLERS_HEADERS_MAX];
    const char *methods = CALLERS_METHODS;
    if (bytes_present(origin) && callers_origin_allowed(callers, origin) && request->segment_count > 0) {
        unsigned known = 0;
        route_find(exchange->shared->routes, request, &known);
        methods = route_allow(known, &request->arena);
    }
    size_t count = callers_headers(callers, origin, exchange->headers.requested_headers, methods, headers);
    for (size_t i = 0; i < count; i++)
        reply_header_bytes(&request->reply, headers[i].name, headers[i].value);
}

/* Whether the client is an EventSource or something like it, which takes any other status than 200 for the end. */
static bool wants_event_stream(struct exchange *exchange) {
    struct request *request = &exchange->request;
    enum page_shape shape;
    return request->method == METHOD_GET && !request->head && page_shape_read(request, &shape) == STATUS_OK &&
           shape == PAGE_SHAPE_SSE;
}

/* A stream that cannot be served now is not refused, but told when to come back. */
static void soften(struct exchange *exchange) {
    struct reply *reply = &exchange->request.reply;
    const struct problem_kind *problem = reply->problem;
    if (problem != NULL && problem->retryable && reply->http_status == problem->http_status &&
        (reply->http_status == 429 || reply->http_status == 503 || problem == problem_kind(PROBLEM_READ_FAILED)) &&
        wants_event_stream(exchange))
        reply_reconnect(reply, problem->title);
}

/* A body of pieces that is not encoded. */
static void make_piecewise(struct exchange *exchange) {
    struct reply *reply = &exchange->request.reply;
    if (reply->pieces == NULL || exchange->piecewise != NULL)
        return;
    exchange->piecewise = piecewise_create(&exchange->request, &exchange->shared->waiting);
    reply->failed = reply->failed || exchange->piecewise == NULL;
}

/* Completes the reply, which becomes a 503 without memory for it. False: there is no memory even for that. */
static bool complete(struct exchange *exchange) {
    struct reply *reply = &exchange->request.reply;
    soften(exchange);
    add_callers_headers(exchange);
    if (!reply->failed && !reply->body.failed) { /* half a body would look like a whole one */
        exchange_encode(exchange);
        make_piecewise(exchange);
        reply->failed = reply->failed || !reply_count_body(reply);
    }
    if (reply->failed || reply->body.failed) {
        piecewise_destroy(take(&exchange->piecewise));
        reply_no_memory(reply);
        soften(exchange);
        add_callers_headers(exchange);
    }
    return !reply->failed && !reply->body.failed;
}

static void add_headers(const struct exchange *exchange, struct MHD_Response *response) {
    const struct request *request = &exchange->request;
    const struct reply *reply = &request->reply;
    if (reply->content_type != NULL)
        MHD_add_response_header(response, "Content-Type", reply->content_type);
    if (reply->coding != CODING_NONE)
        MHD_add_response_header(response, "Content-Encoding", coding_name(reply->coding));
    MHD_add_response_header(response, "Cache-Control",
                            reply->cache_control != NULL ? reply->cache_control : "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Request-Id", request->id);
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (reply->close)
        MHD_add_response_header(response, "Connection", "close");
}

static struct MHD_Response *make_response(struct exchange *exchange, uint64_t size) {
    struct reply *reply = &exchange->request.reply;
    if (reply->takeover != NULL)
        return exchange_takeover_response(exchange);
    if (reply->breaks_off)
        return exchange_unfinished_response(exchange);
    if (exchange->piecewise != NULL) {
        struct MHD_Response *response = piecewise_response(exchange->piecewise, exchange->connection);
        exchange->piecewise = response != NULL ? NULL : exchange->piecewise;
        return response;
    }
    if (reply->has_file && size > 0) {
        struct MHD_Response *response = MHD_create_response_from_fd64(size, reply->file_fd);
        reply->has_file = response == NULL; /* the response closes it */
        return response;
    }
    /* The body belongs to the exchange, which outlives the response, or to the server: nothing is copied. */
    struct bytes body = reply->carried != NULL ? carried_in(reply->carried, reply->coding) : buffer_bytes(&reply->body);
    union {
        const char *read;
        void *written; /* which libmicrohttpd does not */
    } data = { size > 0 ? body.data : "" };
    return MHD_create_response_from_buffer((size_t)size, data.written, MHD_RESPMEM_PERSISTENT);
}

enum MHD_Result exchange_send(struct exchange *exchange) {
    struct reply *reply = &exchange->request.reply;
    uint64_t plain_bytes = reply_body_bytes(reply);
    exchange->stage = EXCHANGE_SENT;
    if (!complete(exchange))
        return MHD_NO;

    /* The next request of a client that pads its headers might not be understood (guard_padding.h). */
    reply->close = reply->close || exchange->padding.any || exchange->from->refusal != CONNECTION_ADMITTED;

    uint64_t size = exchange->piecewise != NULL ? plain_bytes : reply_body_bytes(reply);
    exchange->answer_bytes = size;
    if (!connections_enter(exchange->shared->connections, exchange->from, CONNECTION_SENDING,
                           SEND_MS_MIN + (int64_t)(size / SEND_BYTES_PER_MS_MIN)))
        return MHD_NO;

    metrics_request(&exchange->shared->metrics, exchange->request.route, exchange->request.method, reply->http_status);
    struct MHD_Response *response = make_response(exchange, size);
    if (response == NULL)
        return MHD_NO;
    if (reply->takeover != NULL || reply->breaks_off)
        break_off_prepare(&exchange->break_off, exchange->connection);
    add_headers(exchange, response);
    enum MHD_Result queued = MHD_queue_response(exchange->connection, reply->http_status, response);
    MHD_destroy_response(response);
    return queued;
}
