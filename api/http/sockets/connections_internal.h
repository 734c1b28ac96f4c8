/* What connections.c and connections_end.c share. */
#ifndef TAILRACE_API_HTTP_SOCKETS_CONNECTIONS_INTERNAL_H
#define TAILRACE_API_HTTP_SOCKETS_CONNECTIONS_INTERNAL_H

#include "api/http/sockets/address_counts.h"
#include "api/http/sockets/connections.h"

#include <assert.h>

struct connections {
    const struct limits *limits;
    const struct callers *callers;
    struct metrics *metrics;
    pthread_mutex_t lock;
    struct connection **by_fd; /* guarded by lock, as all that follows */
    size_t capacity;
    unsigned count;
    unsigned guest_count;
    struct address_counts addresses;
    struct timers timers;
    int watch; /* the epoll set of the accept thread; -1: none */
};

/* The rest is called under the lock. */

static inline struct connection *connections_at(const struct connections *connections, int fd) {
    return fd >= 0 && (size_t)fd < connections->capacity ? connections->by_fd[fd] : NULL;
}

/* 0: none. */
static inline void connections_set_deadline(struct connections *connections, struct connection *connection,
                                            int64_t deadline_ms) {
    if (deadline_ms > 0)
        timers_set(&connections->timers, &connection->timer, deadline_ms);
    else
        timers_clear(&connections->timers, &connection->timer);
}

/* Of one that has just entered a phase; 0: none. One whose client sends no more is looked at sooner. */
void connections_set_phase_deadline(struct connections *connections, struct connection *connection, int64_t now_ms,
                                    int64_t deadline_ms);

/* Of one that has just entered SENDING: it is looked at until then, whether its client takes anything. */
void connections_begin_sending(struct connections *connections, struct connection *connection, int64_t now_ms,
                               int64_t deadline_ms);

#endif
