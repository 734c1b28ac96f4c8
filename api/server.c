/* The server: builds the parts, and takes them down in an order that libmicrohttpd survives. */
#include "api/server.h"

#include "api/console/documents.h"
#include "api/console/static_files.h"
#include "api/http/exchange.h"
#include "api/http/guard/guard_layout.h"
#include "api/http/sockets/accept.h"
#include "api/http/sockets/raw_answer.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "gateway/read/polls.h"
#include "gateway/read/waiters.h"

#include <stdarg.h>
#include <unistd.h>

enum {
    REQUEST_MEMORY_BYTES = 64 * 1024, /* 1.5 times as fast as 4 KiB for bodies of 20 KB */
    STOP_POLL_US = 2000,
};

struct server {
    const struct server_options *options;
    struct exchanges exchanges;
    struct static_files files;
    struct documents documents;
    struct listener listeners[SERVER_LISTENERS_MAX];
    size_t listener_count;
    struct acceptor *acceptor;
    struct MHD_Daemon *daemon;
};

static void *on_request_line(void *context, const char *target, struct MHD_Connection *connection) {
    struct server *server = context;
    return exchange_create(&server->exchanges, connection, target);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_bytes, void **request) {
    struct server *server = context;
    (void)url; /* we parse the target of the request line ourselves */
    struct exchange *exchange = *request;
    if (exchange != NULL)
        return exchange_step(exchange, method, version, upload, upload_bytes);

    /* on_request_line had no memory for an exchange. */
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const char *origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin");
    const struct raw_request seen = { .origin = bytes_text(origin) };
    if (info != NULL)
        raw_answer(info->connect_fd, server->exchanges.callers, &seen, PROBLEM_OVERLOADED,
                   "out of memory for the request; retry later");
    return MHD_NO;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code) {
    (void)context;
    (void)connection;
    (void)code;
    if (*request != NULL)
        exchange_finish(*request);
    *request = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code) {
    struct server *server = context;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (code == MHD_CONNECTION_NOTIFY_STARTED && info != NULL) {
        *socket_context = connections_of_fd(server->exchanges.connections, info->connect_fd);
    } else if (code == MHD_CONNECTION_NOTIFY_CLOSED && *socket_context != NULL) {
        connections_remove(server->exchanges.connections, *socket_context);
        *socket_context = NULL;
    }
}

static void on_hand_over(void *context, struct connection *connection) {
    struct server *server = context;
    /* If libmicrohttpd accepts it, another thread may begin, end and free it before this call returns. If not, it has
     * closed the socket and has not called on_connection. */
    if (MHD_add_connection(server->daemon, connection->fd, (const struct sockaddr *)&connection->peer,
                           connection->peer_bytes) == MHD_YES)
        return;
    log_error(server->exchanges.log, "accept", "reason=\"libmicrohttpd refused a connection\"");
    connections_remove(server->exchanges.connections, connection);
}

static void on_hang_up(void *context, uint64_t ticket) {
    struct server *server = context;
    polls_hurry(server->exchanges.gateway->polls, ticket);
}

static size_t keep_text(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text); /* decodes nothing: we do that ourselves */
}

static void on_library_log(void *context, const char *format, va_list arguments) {
    struct server *server = context;
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof text, format, arguments);
#pragma GCC diagnostic pop
    if (strstr(text, "(application") != NULL)
        return; /* a body that we broke off on purpose (exchange_takeover.c) */

    autobuffer struct buffer line = { 0 };
    log_value(&line, bytes_text(text));
    if (!line.failed)
        log_info(server->exchanges.log, "libmicrohttpd", "message=%.*s", (int)line.size, line.data);
}

struct server *server_bind(struct gateway *gateway, const struct server_options *options, char *ret_why,
                           size_t why_bytes) {
    struct server *server = mem_zero(1, sizeof *server);
    if (server == NULL) {
        snprintf(ret_why, why_bytes, "out of memory");
        return NULL;
    }
    json_set_alloc_funcs(mem_alloc, mem_free); /* for the whole process, before jansson allocates anything */

    server->options = options;
    server->exchanges.gateway = gateway;
    idle_pieces_init(&server->exchanges.idle_pieces, gateway->budget);
    turns_init(&server->exchanges.page_turns);
    server->exchanges.callers = &options->callers;
    server->documents = documents_new();
    server->exchanges.documents = &server->documents;
    server->exchanges.routes = routes_table();
    server->exchanges.metrics.routes = routes_table();
    server->exchanges.metrics.log = options->log;
    server->exchanges.log = options->log;
    server->exchanges.access_log = options->access_log;
    server->exchanges.forgiving_library = guard_is_forgiving(MHD_get_version());
    server->exchanges.connections = connections_create(&gateway->limits, &options->callers, &server->exchanges.metrics);

    if (options->static_files != NULL) {
        if (!static_files_open(options->static_files, options->data, &server->files, ret_why, why_bytes)) {
            server_destroy(server);
            return NULL;
        }
        server->exchanges.files = &server->files;
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        if (!listener_open(options->listen[i], &server->listeners[i], ret_why, why_bytes)) {
            server_destroy(server);
            return NULL;
        }
        server->listener_count++;
    }

    if (server->exchanges.connections != NULL)
        return server;
    snprintf(ret_why, why_bytes, "out of memory");
    server_destroy(server);
    return NULL;
}

/* MHD_USE_TURBO: a socket that was taken over is not shut down with the connection. */
static struct MHD_Daemon *start_daemon(struct server *server) {
    const struct limits *limits = &server->exchanges.gateway->limits;
    unsigned threads = server->options->threads;
    unsigned connections = limits->connections_max + CONNECTION_GUESTS_MAX;
    /* A library that is not forgiving refuses what RFC 9112 refuses, but hides some of it unless it is strict. With a
     * forgiving one, strictness only makes it answer two cases itself, without a problem document. */
    int strict = !server->exchanges.forgiving_library;
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO |
            MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_request, server,                        /* runs the exchange */
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, server,       /* first: earlier options log elsewhere */
        MHD_OPTION_THREAD_POOL_SIZE, threads,                     /* at least 2, or there is no pool */
        MHD_OPTION_CONNECTION_LIMIT, connections * threads,       /* split among the threads */
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_MEMORY_BYTES, /* a connection: headers and reading */
        MHD_OPTION_STRICT_FOR_CLIENT, strict,                     /* see above */
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server,     /* makes the exchange */
        MHD_OPTION_UNESCAPE_CALLBACK, keep_text, NULL,            /* decodes nothing */
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,        /* frees the exchange */
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,      /* keeps the table */
        MHD_OPTION_END);
}

bool server_start(struct server *server) {
    struct gateway *gateway = server->exchanges.gateway;
    server->exchanges.hub = hub_start(gateway, server->exchanges.connections, &server->exchanges.metrics,
                                      &server->options->hub);
    server->daemon = start_daemon(server);
    if (server->exchanges.hub == NULL || server->daemon == NULL)
        return false;

    server->acceptor = acceptor_start(server->listeners, server->listener_count, server->exchanges.connections,
                                      server->exchanges.callers, server->exchanges.log, on_hand_over, on_hang_up,
                                      server);
    return server->acceptor != NULL;
}

size_t server_listener_count(const struct server *server) { return server->listener_count; }

const struct listener *server_listener(const struct server *server, size_t index) { return &server->listeners[index]; }

static void stop_daemon(struct server *server) {
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}

bool server_stop(struct server *server, int64_t deadline_ms) {
    acceptor_stop_accepting(server->acceptor);
    atomic_store(&server->exchanges.closing, true);
    waiters_drain(server->exchanges.gateway->waiters);
    hub_stop(server->exchanges.hub);

    while (atomic_load(&server->exchanges.active) > 0 && clock_monotonic_ms() < deadline_ms)
        usleep(STOP_POLL_US);
    acceptor_destroy(server->acceptor);
    server->acceptor = NULL;

    /* libmicrohttpd aborts when it is stopped with a suspended connection. No request begins to wait from here on: new
     * ones are answered `closing`, and the loop above has waited for those in `active`. */
    if (atomic_load(&server->exchanges.waiting) > 0)
        return false;
    stop_daemon(server);
    return true;
}

void server_destroy(struct server *server) {
    if (server == NULL)
        return;
    acceptor_destroy(server->acceptor);
    stop_daemon(server);
    hub_destroy(server->exchanges.hub);
    for (size_t i = 0; i < server->listener_count; i++)
        listener_close(&server->listeners[i]);
    connections_destroy(server->exchanges.connections);
    if (server->exchanges.files != NULL)
        static_files_close(&server->files);
    documents_finish(&server->documents);
    turns_finish(&server->exchanges.page_turns);
    idle_pieces_finish(&server->exchanges.idle_pieces);
    mem_free(server);
}

void server_print_versions(FILE *out) {
    fprintf(out, "libmicrohttpd %s, jansson %s", MHD_get_version(), jansson_version_str());
}

void server_print_routes(FILE *out) {
    for (const struct route *route = routes_table()->rows; route->pattern != NULL; route++)
        fprintf(out, "%s %s %s\n", method_name(route->method), route->pattern,
                route->parameters != NULL ? route->parameters : "");
}

void server_print_problems(FILE *out) {
    for (size_t i = 0; i < problem_kind_count(); i++) {
        const struct problem_kind *kind = problem_kind((enum problem_code)i);
        fprintf(out, "%u %s %s %s\n", kind->http_status, kind->code, kind->retryable ? "true" : "false", kind->title);
    }
}
