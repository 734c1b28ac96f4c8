/* The HTTP server: listeners, the accept thread, the hub, and libmicrohttpd's daemons. */
#ifndef TAILRACE_API_SERVER_H
#define TAILRACE_API_SERVER_H

#include "api/http/guard/callers.h"
#include "api/http/sockets/listener.h"
#include "api/live/hub.h"
#include "gateway/gateway.h"

#include <stdio.h>

enum { SERVER_LISTENERS_MAX = 8 };

struct server_options {
    struct callers callers;
    const char *listen[SERVER_LISTENERS_MAX];
    size_t listen_count;
    struct hub_options hub;
    const char *static_files; /* a folder whose files are served below /; NULL: none */
    const char *data;         /* the folder of the events, which is never served */
    unsigned threads;         /* of libmicrohttpd */
    struct log *log;          /* borrowed */
    bool access_log;          /* a line for every request, not only for server errors */
};

struct server;

/* Binds all listeners. NULL: `ret_why` says why not. Nothing is accepted yet. The gateway and the options are
 * borrowed. */
struct server *server_bind(struct gateway *gateway, const struct server_options *options, char *ret_why,
                           size_t why_bytes);

/* Begins to serve. False: no memory, threads or descriptors. */
bool server_start(struct server *server);

/* What it listens on. Borrowed from the server. */
size_t server_listener_count(const struct server *server);
const struct listener *server_listener(const struct server *server, size_t index);

/* Accepts no more connections, answers the requests under way, and ends all other connections. False: at the deadline
 * some requests still wait for storage; then the server and everything it uses must stay as they are until the process
 * ends. */
bool server_stop(struct server *server, int64_t deadline_ms);
void server_destroy(struct server *server); /* stopped, or never started; NULL is fine */

/* The versions of the libraries in use. */
void server_print_versions(FILE *out);

/* Prints the table of routes, one "METHOD /path parameter…" a line. */
void server_print_routes(FILE *out);

/* Prints the table of problems, one "STATUS code true|false title" a line; whether it is retryable stands third. */
void server_print_problems(FILE *out);

#endif
