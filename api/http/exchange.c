/* The steps of an exchange. libmicrohttpd calls once for the headers, once for each part of the body, and then until an
 * answer is queued; a request that waits for storage is suspended, so that no thread of the server waits. */
#include "api/http/exchange.h"

#include "api/http/route.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

/* If one cannot be put there, libmicrohttpd refuses the request. */
static void put_padded_headers(struct exchange *exchange) {
    exchange->padding = exchange->from->padding;
    exchange->from->padding = (struct guard_padding){ .any = false };
    for (unsigned i = 0; i < GUARD_PADDED_COUNT; i++)
        if (exchange->padding.values[i][0] != '\0')
            MHD_set_connection_value(exchange->connection, MHD_HEADER_KIND, guard_padded_name(i),
                                     exchange->padding.values[i]);
}

/* From any thread. The exchange may be gone as soon as libmicrohttpd has it. */
static void resume(struct request *request) {
    struct exchange *exchange = request->server_side;
    MHD_resume_connection(exchange->connection);
}

static bool tell_hang_up(struct request *request, uint64_t ticket) {
    struct exchange *exchange = request->server_side;
    return connections_tell(exchange->shared->connections, exchange->from, ticket);
}

struct exchange *exchange_create(struct exchanges *shared, struct MHD_Connection *connection, const char *target) {
    struct exchange *exchange = mem_zero(1, sizeof *exchange);
    if (exchange == NULL)
        return NULL;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    exchange->shared = shared;
    exchange->connection = connection;
    exchange->from = info != NULL ? info->socket_context : NULL;
    exchange->began_us = clock_monotonic_us();
    exchange->request.gateway = shared->gateway;
    exchange->body_share = (struct budget_share){ .budget = shared->gateway->budget, .kind = BUDGET_BODIES };
    exchange->decoder_share = exchange->body_share;
    exchange->request.reply.share = (struct budget_share){ .budget = shared->gateway->budget, .kind = BUDGET_PAGES };
    exchange->request.metrics = &shared->metrics;
    exchange->request.files = shared->files;
    exchange->request.documents = shared->documents;
    exchange->request.hub = shared->hub;
    exchange->request.idle_pieces = &shared->idle_pieces;
    exchange->request.page_turns = &shared->page_turns;
    exchange->request.resume = resume;
    exchange->request.tell = tell_hang_up;
    exchange->request.server_side = exchange;
    exchange->request.reply.arena = &exchange->request.arena;
    exchange->target = arena_copy(&exchange->request.arena, target, strlen(target));
    exchange->target_at = target;
    exchange->method = "?";
    if (exchange->target == NULL || exchange->from == NULL) {
        arena_finish(&exchange->request.arena);
        mem_free(exchange);
        return NULL;
    }

    if (shared->forgiving_library)
        put_padded_headers(exchange);
    connections_headers_begun(shared->connections, exchange->from);
    atomic_fetch_add(&shared->active, 1);
    return exchange;
}

/* Runs the handler, and its next part after each operation that it waits for, until the answer is complete. */
static enum MHD_Result run(struct exchange *exchange, request_handler part) {
    struct request *request = &exchange->request;
    for (;;) {
        request->then = NULL;
        part(request, &request->reply);
        if (request->then == NULL)
            return exchange_send(exchange);

        part = request->then;
        bool yields = request->yields;
        request->yields = false;
        if (!yields && request_is_ready(request))
            continue; /* done already, as most reads are */

        exchange->stage = EXCHANGE_WAITING;
        atomic_fetch_add(&exchange->shared->waiting, 1);
        MHD_suspend_connection(exchange->connection);
        if (!yields && !handoff_meet(&request->handoff))
            return MHD_YES; /* request_ready resumes; from here the exchange is not ours */
        MHD_resume_connection(exchange->connection);
        return MHD_YES;
    }
}

static enum MHD_Result begin(struct exchange *exchange, const char *method, const char *version) {
    struct request *request = &exchange->request;
    exchange->stage = EXCHANGE_BODY;
    exchange->answered = !exchange_admit(exchange, method, version);
    exchange->from->seen = (struct raw_request){ .origin = exchange->headers.origin };
    if (!connections_enter(exchange->shared->connections, exchange->from, CONNECTION_BODY,
                           exchange->shared->gateway->limits.body_timeout_ms))
        return MHD_NO;
    if (!exchange->answered)
        return MHD_YES;

    /* Answered before the body: a client that waits for 100-continue sends none, and what is ambiguous is not read. */
    bool too_long = exchange->headers.declared_bytes / EXCHANGE_DISCARD_FACTOR >
                    exchange->shared->gateway->limits.body_bytes_max;
    if (request->reply.close || too_long || bytes_present(exchange->headers.expect)) {
        request->reply.close = true;
        return exchange_send(exchange);
    }
    return MHD_YES;
}

enum MHD_Result exchange_step(struct exchange *exchange, const char *method, const char *version, const char *upload,
                              size_t *upload_bytes) {
    switch (exchange->stage) {
    case EXCHANGE_HEADERS: return begin(exchange, method, version);
    case EXCHANGE_BODY:
        if (*upload_bytes > 0) {
            size_t size = *upload_bytes;
            *upload_bytes = 0;
            return exchange_take_body(exchange, upload, size);
        }
        exchange_end_body(exchange);
        exchange->stage = EXCHANGE_WORKING;
        if (!connections_enter(exchange->shared->connections, exchange->from, CONNECTION_WORKING, 0))
            return MHD_NO;
        return exchange->answered ? exchange_send(exchange) : run(exchange, exchange->request.route->handler);
    case EXCHANGE_WAITING:
        exchange->stage = EXCHANGE_WORKING;
        atomic_fetch_sub(&exchange->shared->waiting, 1);
        return run(exchange, exchange->request.then);
    case EXCHANGE_WORKING:
    case EXCHANGE_SENT: break;
    }
    return MHD_YES;
}

static void write_log(const struct exchange *exchange) {
    const struct request *request = &exchange->request;
    const struct problem_kind *problem = request->reply.problem;
    bool failed = request->reply.http_status >= 500 || (problem != NULL && problem->http_status >= 500);
    if (!exchange->shared->access_log && !failed)
        return;

    autobuffer struct buffer line = { 0 };
    buffer_printf(&line, "id=%s method=", request->id);
    log_value(&line, bytes_text(exchange->method));
    buffer_append_text(&line, " target=");
    log_value(&line, bytes_text(exchange->target));
    buffer_printf(&line, " status=%u in=%zu out=%llu us=%lld", request->reply.http_status, exchange->body_received,
                  (unsigned long long)exchange->answer_bytes, (long long)(clock_monotonic_us() - exchange->began_us));
    if (line.failed)
        return;

    if (failed)
        log_error(exchange->shared->log, "request", "%.*s", (int)line.size, line.data);
    else
        log_info(exchange->shared->log, "request", "%.*s", (int)line.size, line.data);
}

void exchange_finish(struct exchange *exchange) {
    struct request *request = &exchange->request;
    if (exchange->stage == EXCHANGE_WAITING) /* resumed, but the client has gone: exchange_step is not called again */
        atomic_fetch_sub(&exchange->shared->waiting, 1);
    connections_enter(exchange->shared->connections, exchange->from, CONNECTION_IDLE,
                      exchange->shared->gateway->limits.idle_timeout_ms);
    write_log(exchange);

    if (request->state_finish != NULL)
        request->state_finish(request->state);
    exchange_drop_body(exchange);
    buffer_finish(&request->reply.body);
    budget_share_set(&request->reply.share, 0);
    reply_drop_file(&request->reply);
    piecewise_destroy(exchange->piecewise);
    arena_finish(&request->arena);
    atomic_fetch_sub(&exchange->shared->active, 1);
    mem_free(exchange);
}
