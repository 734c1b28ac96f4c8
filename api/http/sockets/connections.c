/* The table of connections: by descriptor, and counted by address. */
#include "api/http/sockets/connections_internal.h"

#include "base/clock.h"
#include "base/memory.h"

#include <sys/epoll.h>

enum { DESCRIPTORS_FIRST = 1024 };

struct connections *connections_create(const struct limits *limits, const struct callers *callers,
                                       struct metrics *metrics) {
    struct connections *connections = mem_zero(1, sizeof *connections);
    if (connections == NULL)
        return NULL;
    pthread_mutex_init(&connections->lock, NULL);
    connections->limits = limits;
    connections->watch = -1;
    connections->callers = callers;
    connections->metrics = metrics;
    return connections;
}

static void free_connection(struct connection *connection) {
    if (connection != NULL)
        mem_free(connection->oversized);
    mem_free(connection);
}

void connections_destroy(struct connections *connections) {
    if (connections == NULL)
        return;
    for (size_t i = 0; i < connections->capacity; i++)
        free_connection(connections->by_fd[i]);
    address_counts_finish(&connections->addresses);
    pthread_mutex_destroy(&connections->lock);
    mem_free(connections->by_fd);
    mem_free(connections);
}

static bool make_room(struct connections *connections, int fd) {
    size_t wanted = (size_t)fd + 1;
    if (wanted <= connections->capacity)
        return true;

    size_t capacity = connections->capacity > 0 ? connections->capacity : DESCRIPTORS_FIRST;
    while (capacity < wanted)
        capacity *= 2;
    struct connection **by_fd = mem_resize(connections->by_fd, capacity * sizeof(struct connection *));
    if (by_fd == NULL)
        return false;

    for (size_t i = connections->capacity; i < capacity; i++)
        by_fd[i] = NULL;
    connections->by_fd = by_fd;
    connections->capacity = capacity;
    return true;
}

static void set_address(struct connection *connection) {
    if (connection->peer.ss_family == AF_INET6) {
        connection->place.address = ((const struct sockaddr_in6 *)&connection->peer)->sin6_addr;
        connection->place.has_address = true;
    } else if (connection->peer.ss_family == AF_INET) {
        memset(connection->place.address.s6_addr + 10, 0xff, 2);
        memcpy(connection->place.address.s6_addr + 12, &((const struct sockaddr_in *)&connection->peer)->sin_addr, 4);
        connection->place.has_address = true;
    }
}

/* CONNECTION_ADMITTED: it counts. */
static enum connection_refusal take_place_locked(struct connections *connections, const struct connection *connection) {
    if (connections->count >= connections->limits->connections_max)
        return CONNECTION_TOO_MANY;
    if (connection->place.has_address) {
        switch (address_counts_add(&connections->addresses, &connection->place.address,
                                   connections->limits->connections_per_address_max)) {
        case ADDRESS_COUNTED: break;
        case ADDRESS_HAS_TOO_MANY: return CONNECTION_TOO_MANY_OF_ADDRESS;
        case ADDRESS_NO_MEMORY: return CONNECTION_NO_MEMORY;
        }
    }
    connections->count++;
    return CONNECTION_ADMITTED;
}

static enum connection_refusal add_locked(struct connections *connections, struct connection *connection) {
    int64_t limit_ms = connections->limits->header_timeout_ms;
    if (!make_room(connections, connection->fd))
        return CONNECTION_NO_MEMORY;
    connection->refusal = take_place_locked(connections, connection);
    if (connection->refusal != CONNECTION_ADMITTED) {
        if (connection->refusal == CONNECTION_NO_MEMORY || connections->guest_count >= CONNECTION_GUESTS_MAX)
            return connection->refusal;
        connections->guest_count++;
        limit_ms = limit_ms < CONNECTION_GUEST_MS ? limit_ms : CONNECTION_GUEST_MS;
    }

    connections->by_fd[connection->fd] = connection;
    connections_set_phase_deadline(connections, connection, clock_monotonic_ms(), clock_monotonic_ms() + limit_ms);
    metrics_connection_opened(connections->metrics);
    return CONNECTION_ADMITTED;
}

enum connection_refusal connections_add(struct connections *connections, int fd, const struct sockaddr_storage *peer,
                                        socklen_t peer_bytes, bool on_loopback, struct connection **ret_connection) {
    autofree struct connection *connection = mem_zero(1, sizeof *connection);
    if (connection == NULL)
        return CONNECTION_NO_MEMORY;
    connection->fd = fd;
    connection->on_loopback = on_loopback;
    connection->peer = *peer;
    connection->peer_bytes = peer_bytes;
    connection->phase = CONNECTION_ARRIVING;
    set_address(connection);

    pthread_mutex_lock(&connections->lock);
    enum connection_refusal refusal = add_locked(connections, connection);
    pthread_mutex_unlock(&connections->lock);

    if (refusal == CONNECTION_ADMITTED)
        *ret_connection = take(&connection);
    return refusal;
}

struct connection *connections_of_fd(struct connections *connections, int fd) {
    pthread_mutex_lock(&connections->lock);
    struct connection *connection = connections_at(connections, fd);
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

struct connection *connections_arriving(struct connections *connections, int fd) {
    pthread_mutex_lock(&connections->lock);
    struct connection *connection = connections_at(connections, fd);
    if (connection != NULL && connection->phase != CONNECTION_ARRIVING)
        connection = NULL;
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

static void leave_locked(struct connections *connections, const struct connection_place *place) {
    connections->count--;
    metrics_connection_closed(connections->metrics);
    if (place->has_address)
        address_counts_remove(&connections->addresses, &place->address);
}

void connections_remove(struct connections *connections, struct connection *connection) {
    pthread_mutex_lock(&connections->lock);
    assert(connections->by_fd[connection->fd] == connection);
    connections->by_fd[connection->fd] = NULL;
    timers_clear(&connections->timers, &connection->timer);
    if (connection->refusal != CONNECTION_ADMITTED) {
        connections->guest_count--;
        metrics_connection_closed(connections->metrics);
    } else if (connection->phase != CONNECTION_TAKEN) {
        leave_locked(connections, &connection->place);
    }
    pthread_mutex_unlock(&connections->lock);
    free_connection(connection);
}

struct connection_place connections_take_place(struct connections *connections, struct connection *connection) {
    pthread_mutex_lock(&connections->lock);
    connection->phase = CONNECTION_TAKEN;
    timers_clear(&connections->timers, &connection->timer);
    if (connections->watch >= 0) /* whoever has the socket now watches it */
        epoll_ctl(connections->watch, EPOLL_CTL_DEL, connection->fd, NULL);
    struct connection_place place = connection->place;
    pthread_mutex_unlock(&connections->lock);
    return place;
}

void connections_leave(struct connections *connections, const struct connection_place *place) {
    pthread_mutex_lock(&connections->lock);
    leave_locked(connections, place);
    pthread_mutex_unlock(&connections->lock);
}

void connections_watch(struct connections *connections, int epoll) {
    pthread_mutex_lock(&connections->lock);
    connections->watch = epoll;
    pthread_mutex_unlock(&connections->lock);
}

bool connections_enter(struct connections *connections, struct connection *connection, enum connection_phase phase,
                       int64_t timeout_ms) {
    int64_t now_ms = clock_monotonic_ms();
#ifdef SABOTEUR_RACE /* it leaves this lock out */
    (void)connections;
#else
    pthread_mutex_lock(&connections->lock);
#endif
    assert(phase >= CONNECTION_BODY && phase <= CONNECTION_IDLE && connection->phase != CONNECTION_ARRIVING);
    bool alive = connection->phase != CONNECTION_CUT && connection->phase != CONNECTION_TAKEN;
    if (alive) {
        connection->phase = phase;
        if (phase == CONNECTION_SENDING)
            connections_begin_sending(connections, connection, now_ms, now_ms + timeout_ms);
        else
            connections_set_phase_deadline(connections, connection, now_ms, timeout_ms > 0 ? now_ms + timeout_ms : 0);
    }
#ifndef SABOTEUR_RACE
    pthread_mutex_unlock(&connections->lock);
#endif
    return alive;
}

void connections_headers_begun(struct connections *connections, struct connection *connection) {
    int64_t now_ms = clock_monotonic_ms();
    int64_t deadline_ms = now_ms + connections->limits->header_timeout_ms;
    pthread_mutex_lock(&connections->lock);
    if (connection->phase == CONNECTION_IDLE)
        connections_set_phase_deadline(connections, connection, now_ms, deadline_ms);
    if (connection->phase == CONNECTION_IDLE || connection->phase == CONNECTION_ARRIVING)
        connection->phase = CONNECTION_HEADERS;
    pthread_mutex_unlock(&connections->lock);
}

unsigned connections_count(struct connections *connections) {
    pthread_mutex_lock(&connections->lock);
    unsigned count = connections->count;
    pthread_mutex_unlock(&connections->lock);
    return count;
}
