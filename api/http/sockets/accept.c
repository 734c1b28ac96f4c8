/* The accept thread. It peeks at bytes without taking them (MSG_PEEK), so that libmicrohttpd gets all of them. It owns
 * every connection in phase ARRIVING (connections.h):
 *
 *     accept4 --- admit ---> ARRIVING --- end_headers: they are complete ---> handed over
 *                   |          |   ^
 *                   |          |   '-- read_arriving: more has to come
 *                   v          v
 *                refused    dropped or refused: its client went, its headers are too large, the guard refuses them,
 *                           or cut_arriving: its deadline passed, or the server stops */
#include "api/http/sockets/accept.h"

#include "api/http/guard/guard.h"
#include "api/http/guard/guard_padding.h"
#include "api/http/sockets/raw_answer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    EVENTS_AT_ONCE = 64,
    TICK_MS = 100,
    OVERSIZED_BYTES_MAX = 1 << 20, /* of headers that are too large, in search of an Origin */
    TRIM_PEAK_MIN = 256,
    TRIM_QUIET_TICKS = 5,
};

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
    char peeked[LIMIT_REQUEST_HEADERS_BYTES];
};

static void drop(struct acceptor *acceptor, struct connection *connection) {
    int fd = connection->fd;
    connections_remove(acceptor->connections, connection);
    close(fd); /* leaves the epoll set with it */
}

static void refuse(struct acceptor *acceptor, struct connection *connection, enum problem_code code,
                   const char *detail) {
    raw_answer(connection->fd, acceptor->callers, &connection->seen, code, detail);
    drop(acceptor, connection);
}

static void refuse_large_headers(struct acceptor *acceptor, struct connection *connection) {
    refuse(acceptor, connection, PROBLEM_HEADERS_TOO_LARGE,
           "the request line and headers "
           "are larger than " LIMIT_TEXT(LIMIT_REQUEST_HEADERS_KIB) " KiB; send shorter ones");
}

static ssize_t peek(struct acceptor *acceptor, int fd) {
    return recv(fd, acceptor->peeked, sizeof acceptor->peeked, MSG_PEEK | MSG_DONTWAIT);
}

static struct bytes peeked_bytes(const struct acceptor *acceptor, ssize_t size) {
    return (struct bytes){ acceptor->peeked, size > 0 ? (size_t)size : 0 };
}

/* Refuses headers that are too large. The page that sent them can read why only if the answer names its origin, which
 * may stand behind everything that is too large: reads on until the origin is found, or the headers end. Takes all
 * bytes: a few left in the socket may keep its window closed for ever. True: it is still ARRIVING. */
static bool read_oversized(struct acceptor *acceptor, struct connection *connection) {
    struct raw_request *seen = &connection->seen;
    struct oversized_headers *oversized = connection->oversized;
    while (oversized != NULL) {
        size_t kept = oversized->line_bytes;
        memcpy(acceptor->peeked, oversized->line, kept);
        ssize_t size = recv(connection->fd, acceptor->peeked + kept, sizeof acceptor->peeked - kept, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return true;

        struct bytes bytes = { acceptor->peeked, kept + (size > 0 ? (size_t)size : 0) };
        size_t used = raw_request_read(seen, bytes);
        oversized->bytes += used;
        if (size <= 0 || bytes_present(seen->origin) || seen->ended || oversized->bytes > OVERSIZED_BYTES_MAX)
            break;

        oversized->line_bytes = bytes.size - used;
        memcpy(oversized->line, bytes.data + used, oversized->line_bytes);
    }
    refuse_large_headers(acceptor, connection);
    return false;
}

/* Its headers are complete: refuses it, or hands it over. */
static void end_headers(struct acceptor *acceptor, struct connection *connection, struct bytes section) {
    const char *fault = guard_check_section(section);
#ifdef SABOTEUR_LENIENT_GUARD
    fault = NULL;
#endif
    if (fault != NULL) {
        raw_request_read(&connection->seen, section);
        refuse(acceptor, connection, guard_problem(fault), fault);
        return;
    }

    /* From here on only its end is of interest, which is reported at once if it has come already. */
    struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET, .data.u64 = (uint64_t)connection->fd };
    if (epoll_ctl(acceptor->epoll, connection->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        drop(acceptor, connection);
        return;
    }
    connection->padding = guard_padding_of(section);
    connections_headers_begun(acceptor->connections, connection);
    acceptor->hand_over(acceptor->context, connection);
}

/* Whether nothing will come behind what is there. */
static bool has_ended(int fd) {
    struct pollfd poll_of = { .fd = fd, .events = POLLRDHUP };
    return poll(&poll_of, 1, 0) == 1 && (poll_of.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* Goes on with a connection that is ARRIVING and may have sent something. True: it is still ARRIVING. */
static bool read_arriving(struct acceptor *acceptor, struct connection *connection) {
    if (connection->oversized != NULL)
        return read_oversized(acceptor, connection);
    ssize_t size = peek(acceptor, connection->fd);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (size <= 0) {
        drop(acceptor, connection);
        return false;
    }

    struct bytes seen = peeked_bytes(acceptor, size);
    size_t section_bytes = guard_section_bytes(seen);
    connection->has_sent_bytes = true;
    if (section_bytes > 0) {
        end_headers(acceptor, connection, (struct bytes){ seen.data, section_bytes });
        return false;
    }
    if (has_ended(connection->fd)) { /* its client went in the middle of its headers */
        drop(acceptor, connection);
        return false;
    }
    if (seen.size < sizeof acceptor->peeked)
        return true;
    connection->oversized = mem_zero(1, sizeof *connection->oversized); /* without it, the answer names no origin */
    return read_oversized(acceptor, connection);
}

/* Often the request has not arrived yet, and nothing is known of it. */
static void refuse_socket(struct acceptor *acceptor, int fd, enum connection_refusal refusal) {
    struct raw_request seen = { 0 };
    raw_request_read(&seen, peeked_bytes(acceptor, peek(acceptor, fd)));
    switch (refusal) {
    case CONNECTION_ADMITTED: return;
    case CONNECTION_TOO_MANY:
        raw_answer(fd, acceptor->callers, &seen, PROBLEM_TOO_MANY_CONNECTIONS,
                   "the server has reached its limit of connections; retry later");
        break;
    case CONNECTION_TOO_MANY_OF_ADDRESS:
        raw_answer(fd, acceptor->callers, &seen, PROBLEM_TOO_MANY_CONNECTIONS,
                   "this client address has reached its limit of connections; close some, or retry later");
        break;
    case CONNECTION_NO_MEMORY:
        raw_answer(fd, acceptor->callers, &seen, PROBLEM_OVERLOADED,
                   "out of memory for another connection; retry later");
        break;
    }
    close(fd);
}

static void admit(struct acceptor *acceptor, const struct listener *listener, int fd,
                  const struct sockaddr_storage *peer, socklen_t peer_bytes) {
    struct connection *connection;
    enum connection_refusal refusal = connections_add(acceptor->connections, fd, peer, peer_bytes,
                                                      listener->on_loopback, &connection);
    if (refusal != CONNECTION_ADMITTED) {
        refuse_socket(acceptor, fd, refusal);
        return;
    }
    /* Often the request arrives together with the connection. */
    if (!read_arriving(acceptor, connection))
        return;

    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u64 = (uint64_t)fd };
    connection->watched = true;
    if (epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        drop(acceptor, connection);
}

static void set_listening(struct acceptor *acceptor, bool on) {
    acceptor->paused = !on;
    for (size_t i = 0; i < acceptor->listener_count; i++) {
        struct epoll_event event = { .events = on ? EPOLLIN : 0, .data.u64 = (uint64_t)acceptor->listeners[i].fd };
        epoll_ctl(acceptor->epoll, EPOLL_CTL_MOD, acceptor->listeners[i].fd, &event);
    }
}

static void accept_some(struct acceptor *acceptor, const struct listener *listener) {
    for (int i = 0; i < EVENTS_AT_ONCE; i++) {
        struct sockaddr_storage peer = { 0 };
        socklen_t peer_bytes = sizeof peer;
        int fd = accept4(listener->fd, (struct sockaddr *)&peer, &peer_bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(acceptor, listener, fd, &peer, peer_bytes);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* A listening socket stays ready: without a pause until the next tick, the loop would spin. */
            log_error(acceptor->log, "accept", "reason=\"%s\"", strerror(errno));
            set_listening(acceptor, false);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

static const struct listener *listener_of(const struct acceptor *acceptor, int fd) {
    for (size_t i = 0; i < acceptor->listener_count; i++)
        if (acceptor->listeners[i].fd == fd)
            return &acceptor->listeners[i];
    return NULL;
}

static void handle_event(struct acceptor *acceptor, int fd) {
    const struct listener *listener = listener_of(acceptor, fd);
    if (listener != NULL) {
        accept_some(acceptor, listener);
        return;
    }

    /* It may be with libmicrohttpd. A stale event of this round may even name one that is closed by now, or another
     * socket's: what it says is looked at again. */
    struct connection *connection = connections_arriving(acceptor->connections, fd);
    if (connection != NULL) {
        read_arriving(acceptor, connection);
        return;
    }
    uint64_t ticket = connections_hung_up(acceptor->connections, fd);
    if (ticket != 0)
        acceptor->hang_up(acceptor->context, ticket);
}

/* Its time is up, or the server stops. */
static void cut_arriving(void *context, struct connection *connection) {
    struct acceptor *acceptor = context;
    if (!connection->has_sent_bytes) {
        drop(acceptor, connection); /* opened in advance, as browsers do: there is no request to answer */
        return;
    }
    if (connection->oversized != NULL) {
        refuse_large_headers(acceptor, connection);
        return;
    }
    raw_request_read(&connection->seen, peeked_bytes(acceptor, peek(acceptor, connection->fd)));
    refuse(acceptor, connection, PROBLEM_REQUEST_TIMEOUT, "the headers did not arrive within the time limit");
}

/* glibc keeps the memory of thousands of connections until it is told to return it. */
static void trim_memory(struct acceptor *acceptor) {
    unsigned count = connections_count(acceptor->connections);
    if (count > acceptor->peak)
        acceptor->peak = count;
    bool quiet = acceptor->peak >= TRIM_PEAK_MIN && count < acceptor->peak / 4;
    acceptor->quiet_ticks = quiet ? acceptor->quiet_ticks + 1 : 0;
    if (acceptor->quiet_ticks < TRIM_QUIET_TICKS)
        return;

    malloc_trim(0);
    acceptor->peak = count;
    acceptor->quiet_ticks = 0;
}

static void clear_wake(int eventfd) {
    uint64_t count;
    ssize_t size = read(eventfd, &count, sizeof count);
    (void)size;
}

static void *accept_loop(void *context) {
    struct acceptor *acceptor = context;
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t next_tick_ms = clock_monotonic_ms() + TICK_MS;
    bool accepting = true;
    while (!atomic_load(&acceptor->stop)) {
        int64_t wait_ms = next_tick_ms - clock_monotonic_ms();
        int count = epoll_wait(acceptor->epoll, events, EVENTS_AT_ONCE, wait_ms > 0 ? (int)wait_ms : 0);

        if (accepting && atomic_load(&acceptor->stop_accepting)) {
            accepting = false;
            set_listening(acceptor, false);
            connections_end_arriving(acceptor->connections, cut_arriving, acceptor);
        }
        for (int i = 0; i < count; i++) {
            int fd = (int)events[i].data.u64;
            if (fd == acceptor->wake)
                clear_wake(fd);
            else if (accepting)
                handle_event(acceptor, fd);
        }

        if (clock_monotonic_ms() >= next_tick_ms) {
            connections_cut_overdue(acceptor->connections, cut_arriving, acceptor);
            trim_memory(acceptor);
            if (accepting && acceptor->paused)
                set_listening(acceptor, true);
            next_tick_ms = clock_monotonic_ms() + TICK_MS;
        }
    }
    return NULL;
}

static bool watch(struct acceptor *acceptor, int fd) {
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = (uint64_t)fd };
    return epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool start_thread(struct acceptor *acceptor) {
    acceptor->epoll = epoll_create1(EPOLL_CLOEXEC);
    acceptor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (acceptor->epoll < 0 || acceptor->wake < 0 || !watch(acceptor, acceptor->wake))
        return false;
    for (size_t i = 0; i < acceptor->listener_count; i++)
        if (!watch(acceptor, acceptor->listeners[i].fd))
            return false;
    connections_watch(acceptor->connections, acceptor->epoll);
    return pthread_create(&acceptor->thread, NULL, accept_loop, acceptor) == 0;
}

static void acceptor_free(struct acceptor *acceptor) {
    connections_watch(acceptor->connections, -1);
    if (acceptor->epoll >= 0)
        close(acceptor->epoll);
    if (acceptor->wake >= 0)
        close(acceptor->wake);
    mem_free(acceptor);
}

struct acceptor *acceptor_start(const struct listener *listeners, size_t listener_count,
                                struct connections *connections, const struct callers *callers, struct log *log,
                                accept_hand_over hand_over, accept_hang_up hang_up, void *context) {
    struct acceptor *acceptor = mem_zero(1, sizeof *acceptor);
    if (acceptor == NULL)
        return NULL;
    acceptor->listeners = listeners;
    acceptor->listener_count = listener_count;
    acceptor->connections = connections;
    acceptor->callers = callers;
    acceptor->log = log;
    acceptor->hand_over = hand_over;
    acceptor->hang_up = hang_up;
    acceptor->context = context;
    if (start_thread(acceptor))
        return acceptor;
    acceptor_free(acceptor);
    return NULL;
}

static void wake(struct acceptor *acceptor) {
    uint64_t one = 1;
    ssize_t written = write(acceptor->wake, &one, sizeof one);
    (void)written; /* full means that it is awake */
}

void acceptor_stop_accepting(struct acceptor *acceptor) {
    atomic_store(&acceptor->stop_accepting, true);
    wake(acceptor);
}

void acceptor_destroy(struct acceptor *acceptor) {
    if (acceptor == NULL)
        return;
    atomic_store(&acceptor->stop, true);
    wake(acceptor);
    pthread_join(acceptor->thread, NULL);
    acceptor_free(acceptor);
}
