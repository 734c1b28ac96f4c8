/* All open connections: how many, from where, and until when each may do what it does now.
 *
 * The phases of a connection:
 *
 *     connections_add                       a guest (CONNECTION_GUESTS_MAX) is one without a place
 *         v
 *     ARRIVING ---> HEADERS ---> BODY ---> WORKING ---> SENDING ---> IDLE
 *                      ^                                               |
 *                      '-------------- the next request ---------------'
 *
 *     BODY ---> SENDING                      answered before the whole body has arrived
 *     SENDING ---> TAKEN                     somebody else has the socket, and the place: see connections_take_place
 *     any but ARRIVING ---> IDLE             the request ends early: its client went
 *     HEADERS, BODY, SENDING, IDLE ---> CUT  the deadline passed, or the client took nothing; libmicrohttpd
 *                                            sees the socket end, and closes it
 *
 * Every move is made under the table's lock. The accept thread owns a connection that is ARRIVING, and hands it over or
 * removes it; it also makes the moves to CUT. The connection's thread of libmicrohttpd makes all others, and removes
 * it. */
#ifndef TAILRACE_API_HTTP_SOCKETS_CONNECTIONS_H
#define TAILRACE_API_HTTP_SOCKETS_CONNECTIONS_H

#include "api/http/guard/callers.h"
#include "api/http/guard/guard_padding.h"
#include "api/http/metrics.h"
#include "api/http/sockets/raw_request.h"
#include "api/http/sockets/taken_socket.h"
#include "base/timers.h"
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
    CONNECTION_WORKING, /* the handler makes its answer */
    CONNECTION_SENDING,
    CONNECTION_IDLE,  /* between requests */
    CONNECTION_TAKEN, /* libmicrohttpd is about to close its descriptor of a socket that lives on */
    CONNECTION_CUT,   /* a deadline passed: the socket is shut down, and libmicrohttpd closes it */
};

enum connection_refusal {
    CONNECTION_ADMITTED,
    CONNECTION_TOO_MANY,
    CONNECTION_TOO_MANY_OF_ADDRESS,
    CONNECTION_NO_MEMORY
};

/* Beyond the limits on connections so many are let in as guests, without a place, until it is known what they ask for: an answer
 * that they understand, or how the server is, which can be asked also when it is full. */
enum { CONNECTION_GUESTS_MAX = 64, CONNECTION_GUEST_MS = 2000 };

/* Headers that are too large, as far as they have been read. */
struct oversized_headers {
    size_t bytes;
    size_t line_bytes;
    char line[RAW_REQUEST_LINE_BYTES_MAX]; /* one that is not complete yet */
};

struct connection {
    int fd;
    bool on_loopback;             /* came through a listener on loopback: host names are checked */
    struct guard_padding padding; /* of its first request, until that has begun */
    struct connection_place place;
    struct sockaddr_storage peer;
    socklen_t peer_bytes;
    enum connection_phase phase; /* guarded by the table's lock, as the next members up to has_sent_bytes */
    struct timer timer;          /* its deadline; while SENDING, when it is looked at */
    uint64_t taken;              /* while SENDING: something that changes when its client takes bytes, */
    int64_t taken_ms;            /* when that was seen to change, */
    int64_t until_ms;            /* and until when all must be taken; else until when the phase may last, 0: no end */
    unsigned idle_looks;         /* once hung_up or late: how often in a row there was nothing left to read */
    uint64_t ticket;             /* connections_tell; 0: none */
    bool hung_up;                /* the client sends no more: it has gone, or only closed that side */
    enum connection_refusal refusal;     /* why it has no place, and is a guest; CONNECTION_ADMITTED: it has one */
    bool watched;                        /* of the accept thread: in its set */
    bool has_sent_bytes;                 /* while ARRIVING, as the next three: */
    size_t looked_bytes;                 /* what the accept thread has looked at, each time it did; */
    struct timer look;                   /* when it looks again, once that is much, */
    int64_t look_ms;                     /* and how long after the last time */
    struct oversized_headers *oversized; /* while ARRIVING, once its headers are too large; owned */

    /* What an answer of this side needs to know of the request: of one that is ARRIVING, or its origin alone, set
     * before BODY is entered. */
    struct raw_request seen;
};

struct connections;

/* All three are borrowed. */
struct connections *connections_create(const struct limits *limits, const struct callers *callers,
                                       struct metrics *metrics);
void connections_destroy(struct connections *connections);

/* Enters a socket that was accepted, in phase ARRIVING with the deadline for headers; or as a guest, if there is room for one. */
enum connection_refusal connections_add(struct connections *connections, int fd, const struct sockaddr_storage *peer,
                                        socklen_t peer_bytes, bool on_loopback, struct connection **ret_connection);

/* The connection of a descriptor that is open. */
struct connection *connections_of_fd(struct connections *connections, int fd);

/* The connection of any descriptor if it is still ARRIVING, else NULL. Called by the accept thread. */
struct connection *connections_arriving(struct connections *connections, int fd);

/* Takes it out and frees it. Must come before its descriptor is closed. */
void connections_remove(struct connections *connections, struct connection *connection);

/* The set in which the accept thread has every socket until it closes: one that is taken leaves it. -1: none any more. */
void connections_watch(struct connections *connections, int epoll);

/* Takes the place of a connection, which is SENDING: from here on it counts for whoever has the socket now, and no longer for
 * the connection. */
struct connection_place connections_take_place(struct connections *connections, struct connection *connection);

/* Gives it back: the socket is closed, or is about to be. Any thread. */
void connections_leave(struct connections *connections, const struct connection_place *place);

/* Enters a phase from BODY to IDLE, with a deadline so many milliseconds from now (0: none, but SENDING has one). While
 * SENDING the client must take something within limits.stall_timeout_ms, too. False: it was cut meanwhile. */
bool connections_enter(struct connections *connections, struct connection *connection, enum connection_phase phase,
                       int64_t timeout_ms);

/* Enters HEADERS. The first headers of a connection keep the deadline that runs since it was accepted; later ones get
 * one from their request line on. */
void connections_headers_begun(struct connections *connections, struct connection *connection);

/* The request of a connection waits, and is to be told, by this number, when its client sends no more. False: it has closed
 * that side already. A number that is no longer known to anybody does no harm. */
bool connections_tell(struct connections *connections, struct connection *connection, uint64_t ticket);

/* Something happened to a descriptor that is with libmicrohttpd, or was. Gives the number of who is to be told; 0: nobody.
 * Called by the accept thread. */
uint64_t connections_hung_up(struct connections *connections, int fd);

/* Whether the other side has closed its sending side, or all: nothing comes behind what is there. Any thread. */
bool connection_socket_has_ended(int fd);

/* Removes and closes a connection that is still ARRIVING. */
typedef void (*connection_end)(void *context, struct connection *connection);

/* Cuts what is over its deadline, or takes nothing of its answer: answers 408 if a request was arriving, then shuts the socket
 * down, so that libmicrohttpd sees its end. Those still ARRIVING go to `end` instead. Called by the accept thread. */
void connections_cut_overdue(struct connections *connections, connection_end end, void *context);

/* Ends every connection that is still ARRIVING. Called by the accept thread. */
void connections_end_arriving(struct connections *connections, connection_end end, void *context);

unsigned connections_count(struct connections *connections);

#endif
