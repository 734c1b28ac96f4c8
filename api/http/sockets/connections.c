/* The table of connections: by descriptor, and counted by address. */
#include "api/http/sockets/connections.h"

#include "api/http/sockets/raw_answer.h"
#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>

enum { ADDRESS_BUCKETS = 4096, DESCRIPTORS_FIRST = 1024 };

struct address_count {
    struct address_count *next;
    struct in6_addr address;
    unsigned count;
};

struct connections {
    const struct limits *limits;
    const struct callers *callers;
    struct metrics *metrics;
    pthread_mutex_t lock;
    struct connection **by_fd; /* guarded by lock, as all that follows */
    size_t capacity;
    unsigned count;
    struct address_count *addresses[ADDRESS_BUCKETS];
};

struct connections *connections_create(const struct limits *limits, const struct callers *callers,
                                       struct metrics *metrics) {
    struct connections *connections = mem_zero(1, sizeof *connections);
    if (connections == NULL)
        return NULL;
    pthread_mutex_init(&connections->lock, NULL);
    connections->limits = limits;
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
    for (size_t i = 0; i < ADDRESS_BUCKETS; i++) {
        while (connections->addresses[i] != NULL) {
            struct address_count *entry = connections->addresses[i];
            connections->addresses[i] = entry->next;
            mem_free(entry);
        }
    }
    pthread_mutex_destroy(&connections->lock);
    mem_free(connections->by_fd);
    mem_free(connections);
}

/* FNV-1a. A client that can choose addresses at will has better attacks than long chains. */
static struct address_count **bucket_of(struct connections *connections, const struct in6_addr *address) {
    uint32_t hash = 0x811c9dc5;
    for (size_t i = 0; i < sizeof address->s6_addr; i++)
        hash = (hash ^ address->s6_addr[i]) * 16777619u;
    return &connections->addresses[hash % ADDRESS_BUCKETS];
}

static struct address_count **find_address(struct connections *connections, const struct in6_addr *address) {
    struct address_count **link = bucket_of(connections, address);
    while (*link != NULL && memcmp(&(*link)->address, address, sizeof *address) != 0)
        link = &(*link)->next;
    return link;
}

static enum connection_refusal count_address(struct connections *connections, const struct in6_addr *address) {
    struct address_count **link = find_address(connections, address);
    if (*link == NULL) {
        *link = mem_zero(1, sizeof **link);
        if (*link == NULL)
            return CONNECTION_NO_MEMORY;
        (*link)->address = *address;
    }
    if ((*link)->count >= connections->limits->connections_per_address_max)
        return CONNECTION_TOO_MANY_OF_ADDRESS;
    (*link)->count++;
    return CONNECTION_ADMITTED;
}

static void uncount_address(struct connections *connections, const struct in6_addr *address) {
    struct address_count **link = find_address(connections, address);
    if (*link == NULL || --(*link)->count > 0)
        return;
    struct address_count *entry = *link;
    *link = entry->next;
    mem_free(entry);
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

static enum connection_refusal add_locked(struct connections *connections, struct connection *connection) {
    if (connections->count >= connections->limits->connections_max)
        return CONNECTION_TOO_MANY;
    if (!make_room(connections, connection->fd))
        return CONNECTION_NO_MEMORY;
    if (connection->place.has_address) {
        enum connection_refusal refusal = count_address(connections, &connection->place.address);
        if (refusal != CONNECTION_ADMITTED)
            return refusal;
    }

    connections->by_fd[connection->fd] = connection;
    connections->count++;
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
    connection->deadline_ms = clock_monotonic_ms() + connections->limits->header_timeout_ms;
    set_address(connection);

    pthread_mutex_lock(&connections->lock);
    enum connection_refusal refusal = add_locked(connections, connection);
    pthread_mutex_unlock(&connections->lock);

    if (refusal == CONNECTION_ADMITTED)
        *ret_connection = take(&connection);
    return refusal;
}

static struct connection *at_fd(const struct connections *connections, int fd) {
    return fd >= 0 && (size_t)fd < connections->capacity ? connections->by_fd[fd] : NULL;
}

struct connection *connections_of_fd(struct connections *connections, int fd) {
    pthread_mutex_lock(&connections->lock);
    struct connection *connection = at_fd(connections, fd);
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

struct connection *connections_arriving(struct connections *connections, int fd) {
    pthread_mutex_lock(&connections->lock);
    struct connection *connection = at_fd(connections, fd);
    if (connection != NULL && connection->phase != CONNECTION_ARRIVING)
        connection = NULL;
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

static void leave_locked(struct connections *connections, const struct connection_place *place) {
    connections->count--;
    metrics_connection_closed(connections->metrics);
    if (place->has_address)
        uncount_address(connections, &place->address);
}

void connections_remove(struct connections *connections, struct connection *connection) {
    pthread_mutex_lock(&connections->lock);
    assert(connections->by_fd[connection->fd] == connection);
    connections->by_fd[connection->fd] = NULL;
    if (connection->phase != CONNECTION_TAKEN)
        leave_locked(connections, &connection->place);
    pthread_mutex_unlock(&connections->lock);
    free_connection(connection);
}

struct connection_place connections_take_place(struct connections *connections, struct connection *connection) {
    pthread_mutex_lock(&connections->lock);
    connection->phase = CONNECTION_TAKEN;
    connection->deadline_ms = 0;
    struct connection_place place = connection->place;
    pthread_mutex_unlock(&connections->lock);
    return place;
}

void connections_leave(struct connections *connections, const struct connection_place *place) {
    pthread_mutex_lock(&connections->lock);
    leave_locked(connections, place);
    pthread_mutex_unlock(&connections->lock);
}

bool connections_enter(struct connections *connections, struct connection *connection, enum connection_phase phase,
                       int64_t timeout_ms) {
    int64_t deadline_ms = timeout_ms > 0 ? clock_monotonic_ms() + timeout_ms : 0;
#ifdef SABOTEUR_RACE /* it leaves this lock out */
    (void)connections;
#else
    pthread_mutex_lock(&connections->lock);
#endif
    assert(phase >= CONNECTION_BODY && phase <= CONNECTION_IDLE && connection->phase != CONNECTION_ARRIVING);
    bool alive = connection->phase != CONNECTION_CUT && connection->phase != CONNECTION_TAKEN;
    if (alive) {
        connection->phase = phase;
        connection->deadline_ms = deadline_ms;
    }
#ifndef SABOTEUR_RACE
    pthread_mutex_unlock(&connections->lock);
#endif
    return alive;
}

void connections_headers_begun(struct connections *connections, struct connection *connection) {
    int64_t deadline_ms = clock_monotonic_ms() + connections->limits->header_timeout_ms;
    pthread_mutex_lock(&connections->lock);
    if (connection->phase == CONNECTION_IDLE)
        connection->deadline_ms = deadline_ms;
    if (connection->phase == CONNECTION_IDLE || connection->phase == CONNECTION_ARRIVING)
        connection->phase = CONNECTION_HEADERS;
    pthread_mutex_unlock(&connections->lock);
}

/* The lock is held while the socket is used: the thread that closes it removes the connection first, so that the number
 * cannot be another socket's by now. */
static void cut_locked(const struct connections *connections, struct connection *connection) {
    static const struct raw_request unknown = { 0 };
    enum connection_phase phase = connection->phase;
    connection->phase = CONNECTION_CUT;
    connection->deadline_ms = 0;

    if (phase == CONNECTION_HEADERS)
        raw_answer(connection->fd, connections->callers, &unknown, PROBLEM_REQUEST_TIMEOUT,
                   "the headers did not arrive within the time limit");
    else if (phase == CONNECTION_BODY)
        raw_answer(connection->fd, connections->callers, &connection->seen, PROBLEM_REQUEST_TIMEOUT,
                   "the body did not arrive within the time limit");
    else
        shutdown(connection->fd, SHUT_RDWR);
}

/* Without the lock: `end` takes it. The accept thread, which calls us, owns all that are ARRIVING, so they stay. */
static void end_arriving(struct connections *connections, struct connection *connection, connection_end end,
                         void *context) {
    pthread_mutex_unlock(&connections->lock);
    end(context, connection);
    pthread_mutex_lock(&connections->lock);
}

void connections_cut_overdue(struct connections *connections, connection_end end, void *context) {
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&connections->lock);
    for (size_t fd = 0; fd < connections->capacity; fd++) {
        struct connection *connection = connections->by_fd[fd];
        if (connection == NULL || connection->deadline_ms == 0 || connection->deadline_ms > now_ms)
            continue;
        if (connection->phase == CONNECTION_ARRIVING)
            end_arriving(connections, connection, end, context);
        else
            cut_locked(connections, connection);
    }
    pthread_mutex_unlock(&connections->lock);
}

void connections_end_arriving(struct connections *connections, connection_end end, void *context) {
    pthread_mutex_lock(&connections->lock);
    for (size_t fd = 0; fd < connections->capacity; fd++)
        if (connections->by_fd[fd] != NULL && connections->by_fd[fd]->phase == CONNECTION_ARRIVING)
            end_arriving(connections, connections->by_fd[fd], end, context);
    pthread_mutex_unlock(&connections->lock);
}

unsigned connections_count(struct connections *connections) {
    pthread_mutex_lock(&connections->lock);
    unsigned count = connections->count;
    pthread_mutex_unlock(&connections->lock);
    return count;
}
