/* All open connections: how many, from where, and until when each may do what it does now. */
#ifndef TAILRACE_API_HTTP_CONNECTIONS_H
#define TAILRACE_API_HTTP_CONNECTIONS_H

#include "api/http/guard/callers.h"
#include "api/http/guard/guard_padding.h"
#include "api/http/metrics.h"
#include "api/http/raw_request.h"
#include "gateway/limits.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

enum connection_phase {
    CONNECTION_ARRIVING, /* with the accept thread: its first headers are not complete */
    CONNECTION_HEADERS,  /* with libmicrohttpd, in the headers of a request */
    CONNECTION_BODY,
    CONNECTION_WORKING, /* its answer is being made: no deadline here */
    CONNECTION_SENDING,
    CONNECTION_IDLE, /* between requests */
    CONNECTION_CUT,  /* a deadline passed; only its end is left */
};

/* Headers that are too large, as far as they have been read. */
struct skimmed {
    size_t bytes;
    size_t line_bytes;
    char line[RAW_REQUEST_LINE_BYTES_MAX]; /* which is not whole yet */
};

struct connection {
    int fd;
    bool on_loopback;             /* came by a listener on loopback: host names are checked */
    bool wants_stream;            /* by the look of its first request: a hint */
    struct guard_padding padding; /* of its first request, until that has begun */
    bool has_address;             /* not a Unix socket */
    struct in6_addr address;      /* IPv4 as ::ffff:a.b.c.d */
    struct sockaddr_storage peer;
    socklen_t peer_bytes;
    enum connection_phase phase; /* guarded by the table's lock, as the next two */
    int64_t deadline_ms;         /* monotonic; 0: none */
    bool said_something;         /* while arriving: some bytes came */
    struct skimmed *skimmed;     /* while arriving: its headers are too large; owned */
    struct raw_request seen; /* what is known of the request for an answer that this side gives: of one that is still
                              * arriving, or its origin alone in phase BODY, set before that is entered */
};

struct connections;

/* All three are borrowed. */
struct connections *connections_create(const struct limits *limits, const struct callers *callers,
                                       struct metrics *metrics);
void connections_destroy(struct connections *connections);

enum connection_refusal { CONNECTION_TAKEN, CONNECTION_TOO_MANY, CONNECTION_TOO_MANY_OF_ADDRESS, CONNECTION_NO_MEMORY };

/* Enters a socket that was accepted, in phase ARRIVING with the deadline for headers. */
enum connection_refusal connections_add(struct connections *connections, int fd, const struct sockaddr_storage *peer,
                                        socklen_t peer_bytes, bool on_loopback, struct connection **ret_connection);

/* The connection of a descriptor, which is known to be open. */
struct connection *connections_of_fd(struct connections *connections, int fd);

/* The same, for the accept thread and any descriptor: only one that is still arriving, else NULL. */
struct connection *connections_arriving(struct connections *connections, int fd);

/* Takes it out and frees it. Must come before its descriptor is closed. */
void connections_remove(struct connections *connections, struct connection *connection);

/* Enters a phase with a deadline so many milliseconds from now (0: none). False: it was cut meanwhile. */
bool connections_enter(struct connections *connections, struct connection *connection, enum connection_phase phase,
                       int64_t timeout_ms);

/* Headers of a request are coming: the first ones keep the deadline that runs since the connection was accepted, later
 * ones get one from their request line on. */
void connections_headers_begun(struct connections *connections, struct connection *connection);

/* Cuts what is over its deadline: says 408 where a request was coming, then shuts the socket down, so that whoever owns
 * it sees its end. Those still arriving are handed to `arriving_over` instead, which must remove and close them. Called
 * by the accept thread. */
void connections_cut_overdue(struct connections *connections,
                             void (*arriving_over)(void *context, struct connection *connection), void *context);

/* Hands every connection that is still arriving to `over`, as if its time were up. Called by the accept thread. */
void connections_end_arriving(struct connections *connections,
                              void (*over)(void *context, struct connection *connection), void *context);

unsigned connections_count(struct connections *connections);

#endif
