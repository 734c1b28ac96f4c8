/* A request as handlers see it, and how a handler waits for storage. Handlers never see libmicrohttpd. */
#ifndef TAILRACE_API_HTTP_REQUEST_H
#define TAILRACE_API_HTTP_REQUEST_H

#include "api/http/guard/guard.h"
#include "api/http/reply.h"
#include "base/arena.h"
#include "base/handoff.h"
#include "gateway/gateway.h"

enum method {
    METHOD_GET = 1 << 0, /* HEAD comes to the handlers as GET */
    METHOD_PUT = 1 << 1,
    METHOD_POST = 1 << 2,
    METHOD_PATCH = 1 << 3,
    METHOD_DELETE = 1 << 4,
    METHOD_OPTIONS = 1 << 5,
};

const char *method_name(enum method method);

/* One of enum method, or 0; HEAD is GET. */
unsigned method_by_name(const char *name);

enum {
    REQUEST_PATH_PARAMS_MAX = 3,
    REQUEST_SEGMENTS_MAX = 16,
};

struct documents;
struct hub;
struct idle_pieces;
struct metrics;
struct request;
struct static_files;
struct turns;
typedef void (*request_handler)(struct request *request, struct reply *reply);

/* A parameter of the path or of the query. */
struct request_param {
    struct bytes name;
    struct bytes value; /* decoded */
};

/* Lives from the request line to the last byte of the answer; one thread at a time. */
struct request {
    struct gateway *gateway;
    struct metrics *metrics;
    const struct static_files *files; /* NULL: there are none */
    struct documents *documents;
    struct hub *hub; /* takes the sockets of streams */
    struct idle_pieces *idle_pieces;
    struct turns *page_turns; /* for work on pages that only one request at a time does */
    struct arena arena;
    const struct route *route;
    unsigned method; /* one of enum method; 0: an unknown one */
    bool head;
    struct bytes path;                           /* as it was sent, without the query */
    struct bytes segments[REQUEST_SEGMENTS_MAX]; /* of the path, decoded */
    size_t segment_count;
    struct request_param path_params[REQUEST_PATH_PARAMS_MAX]; /* one for each {name} of the route */
    struct request_param query[LIMIT_QUERY_PARAMETERS];
    size_t query_count;
    const struct guard_header *headers; /* as they came; in the arena, and borrowed from libmicrohttpd */
    size_t header_count;
    struct buffer body;
    char id[LIMIT_REQUEST_ID_BYTES + 1];
    struct reply reply;
    void *state;                       /* of the handler, between its parts; in the arena */
    void (*state_finish)(void *state); /* releases what the state holds; may be NULL */

    request_handler then; /* set while the request waits */
    bool yields;          /* `then` waits for nothing but the others */
    struct handoff handoff;
    void (*resume)(struct request *request);                /* makes a thread of the server call `then`; any thread */
    bool (*tell)(struct request *request, uint64_t ticket); /* request_tell_hang_up */
    void *server_side;                                      /* its exchange */
};

/* The segment of the path that stands for {name} in the route, decoded and with a NUL behind it; none when the route has
 * no such parameter. */
struct bytes request_path_param(const struct request *request, const char *name);

/* The value of a query parameter, decoded; none when it is missing. */
struct bytes request_query(const struct request *request, const char *name);

/* A whole number, and true or false, of the query. False: the reply says what was expected instead. *ret_value is left
 * alone when the parameter is missing. */
bool request_query_number(const struct request *request, const char *name, uint64_t min, uint64_t max,
                          uint64_t *ret_value, struct reply *reply);
bool request_query_bool(const struct request *request, const char *name, bool *ret_value, struct reply *reply);

/* The value of the first header of this name, without the white space around it, borrowed; none when the header is missing.
 * `size` says where it ends: white space may follow in memory. */
struct bytes request_header(const struct request *request, const char *name);

/* The same for a header whose value is a list (Accept, Accept-Encoding, Connection): the lines of all headers of this
 * name, joined by commas as RFC 9110 5.3 has it; borrowed, or in the request's arena when there are several.
 * STATUS_NO_MEMORY. */
enum status request_header_list(struct request *request, const char *name, struct bytes *ret_list);

/* A handler that needs an operation calls request_wait, then starts it, then returns. The operation's `done` calls
 * request_ready (or is it) with the request as its context, from any thread, as the last thing that it does with the
 * request; `then` goes on, on a thread of the server. */
void request_wait(struct request *request, request_handler then);
/* Takes request_wait back: nothing was started that will call request_ready. */
void request_go_on(struct request *request);
void request_ready(void *context);

/* After request_wait, and after what calls request_ready was started: whether it has come already. If so, nobody goes on with the
 * request but the caller. */
bool request_is_ready(const struct request *request);

/* A handler with much to do lets the other requests of its thread go on first: `then` is called after them. */
void request_yield(struct request *request, request_handler then);

/* While the request waits, whoever knows it by this number (polls.h; 0: nobody) is to hear when the client sends no more: it has gone,
 * or closed that side alone. False: it has done so already. */
bool request_tell_hang_up(struct request *request, uint64_t ticket);

/* The beginning of an operation whose `done` is request_ready. */
struct storage_op request_op(struct request *request);

/* Zeroed memory for what a handler keeps between its parts: request->state. `finish`, which may be NULL, releases what it
 * holds, when the request ends or another state takes its place. NULL: no memory, and the reply says so. */
void *request_state(struct request *request, size_t size, void (*finish)(void *state));

/* Splits a request target into path segments and query parameters, decoded, in the arena. STATUS_INVALID: it is
 * malformed, and *ret_why says why (static). STATUS_NO_MEMORY. */
enum status request_parse_target(struct request *request, const char *target, const char **ret_why);

/* Digits only. False: not a number, or greater than max. */
bool parse_number(struct bytes text, uint64_t max, uint64_t *ret_number);

#endif
