/* What accept.c and arriving.c share. All of it is the accept thread's, but for what says otherwise. */
#ifndef TAILRACE_API_HTTP_SOCKETS_ACCEPT_INTERNAL_H
#define TAILRACE_API_HTTP_SOCKETS_ACCEPT_INTERNAL_H

#include "api/http/sockets/accept.h"
#include "base/timers.h"

#include <stdatomic.h>

struct acceptor {
    const struct listener *listeners;
    size_t listener_count;
    struct connections *connections;
    const struct callers *callers;
    struct log *log;
    accept_hand_over hand_over;
    accept_hang_up hang_up;
    void *context;
    int epoll;
    int wake;
    atomic_bool stop_accepting;
    atomic_bool stop;
    pthread_t thread;
    /* Of the accept thread alone: */
    unsigned peak;        /* connections at once since the last trim */
    unsigned quiet_ticks; /* ticks in a row with far fewer */
    bool paused;          /* no descriptor was left: accepts again at the next tick */
    struct timers looks;  /* of connections whose headers come slowly: when they are looked at again */
    char peeked[LIMIT_REQUEST_HEADERS_BYTES];
};

/* ---- arriving.c ---- */

/* Goes on with a connection that is ARRIVING and may have sent something. True: it is still ARRIVING. */
bool arriving_read(struct acceptor *acceptor, struct connection *connection);

/* Closes one that is ARRIVING. */
void arriving_drop(struct acceptor *acceptor, struct connection *connection);

/* Its time is up, or the server stops; context: the acceptor. */
void arriving_cut(void *context, struct connection *connection);

/* Looks again at those whose headers come slowly. */
void arriving_tick(struct acceptor *acceptor, int64_t now_ms);

/* Answers a socket that was not let in, and closes it. */
void arriving_refuse_socket(struct acceptor *acceptor, int fd, enum connection_refusal refusal);

#endif
