/* Connections whose first headers arrive. The accept thread peeks at bytes without taking them (MSG_PEEK), so that
 * libmicrohttpd gets all of them. It owns every connection in phase ARRIVING (connections.h):
 *
 *     accept4 --- admit ---> ARRIVING --- end_headers: they are complete ---> handed over
 *                   |          |   ^
 *                   |          |   '-- arriving_read: more has to come
 *                   v          v
 *                refused    dropped or refused: its client went, its headers are too large, the guard refuses them,
 *                           or arriving_cut: its deadline passed, or the server stops */
#include "api/http/sockets/accept_internal.h"

#include "api/http/guard/guard.h"
#include "api/http/guard/guard_padding.h"
#include "api/http/sockets/raw_answer.h"
#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    OVERSIZED_BYTES_MAX = 1 << 20, /* of headers that are too large, in search of an Origin */
    LOOKED_BYTES_MAX = 512 * 1024, /* that headers may be looked at as they come: the same bytes count each time */
    LOOK_MS_MIN = 50,              /* then so much later, and twice as late each time, */
    LOOK_MS_MAX = 1000,            /* up to this */
};

void arriving_drop(struct acceptor *acceptor, struct connection *connection) {
    int fd = connection->fd;
    timers_clear(&acceptor->looks, &connection->look);
    connections_remove(acceptor->connections, connection);
    close(fd); /* leaves the epoll set with it */
}

static void refuse(struct acceptor *acceptor, struct connection *connection, enum problem_code code,
                   const char *detail) {
    raw_answer(connection->fd, acceptor->callers, &connection->seen, code, detail);
    arriving_drop(acceptor, connection);
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

/* Why a connection has no place, in the words of who asks. */
static void answer_refusal(struct acceptor *acceptor, int fd, const struct raw_request *seen,
                           enum connection_refusal refusal) {
    static const char *const WHY[] = {
        [CONNECTION_TOO_MANY] = "the server has reached its limit of connections; retry later",
        [CONNECTION_TOO_MANY_OF_ADDRESS] =
            "this client address has reached its limit of connections; close some, or retry later",
        [CONNECTION_NO_MEMORY] = "out of memory for another connection; retry later",
    };
    if (seen->streams)
        raw_reconnect(fd, acceptor->callers, seen, WHY[refusal]);
    else
        raw_answer(fd, acceptor->callers, seen,
                   refusal == CONNECTION_NO_MEMORY ? PROBLEM_OVERLOADED : PROBLEM_TOO_MANY_CONNECTIONS, WHY[refusal]);
}

/* A guest that asks for something else than how the server is. */
static void refuse_guest(struct acceptor *acceptor, struct connection *connection) {
    answer_refusal(acceptor, connection->fd, &connection->seen, connection->refusal);
    arriving_drop(acceptor, connection);
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

    if (connection->refusal != CONNECTION_ADMITTED) {
        raw_request_read(&connection->seen, section);
        if (!connection->seen.probes) {
            refuse_guest(acceptor, connection);
            return;
        }
    }

    /* From here on only its end is of interest, which is reported at once if it has come already. */
    struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET, .data.u64 = (uint64_t)connection->fd };
    if (epoll_ctl(acceptor->epoll, connection->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        arriving_drop(acceptor, connection);
        return;
    }
    timers_clear(&acceptor->looks, &connection->look);
    connection->padding = guard_padding_of(section);
    connections_headers_begun(acceptor->connections, connection);
    acceptor->hand_over(acceptor->context, connection);
}

static void report(const struct acceptor *acceptor, const struct connection *connection, uint32_t events) {
    struct epoll_event event = { .events = events | EPOLLRDHUP | EPOLLET, .data.u64 = (uint64_t)connection->fd };
    epoll_ctl(acceptor->epoll, EPOLL_CTL_MOD, connection->fd, &event);
}

/* Headers that drip in are not looked at whole for each byte: each look costs what is there by then. True: it is still
 * ARRIVING. */
static bool look_later(struct acceptor *acceptor, struct connection *connection, size_t bytes) {
    connection->looked_bytes += bytes;
    if (connection->looked_bytes < LOOKED_BYTES_MAX)
        return true;
    if (connection->look_ms == 0)
        report(acceptor, connection, 0); /* its end alone */
    connection->look_ms = connection->look_ms == 0 ? LOOK_MS_MIN : 2 * connection->look_ms;
    if (connection->look_ms > LOOK_MS_MAX)
        connection->look_ms = LOOK_MS_MAX;
    timers_set(&acceptor->looks, &connection->look, clock_monotonic_ms() + connection->look_ms);
    return true;
}

bool arriving_read(struct acceptor *acceptor, struct connection *connection) {
    if (connection->oversized != NULL)
        return read_oversized(acceptor, connection);
    ssize_t size = peek(acceptor, connection->fd);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (size <= 0) {
        arriving_drop(acceptor, connection);
        return false;
    }

    struct bytes seen = peeked_bytes(acceptor, size);
    size_t section_bytes = guard_section_bytes(seen);
    connection->has_sent_bytes = true;
    if (section_bytes > 0) {
        end_headers(acceptor, connection, (struct bytes){ seen.data, section_bytes });
        return false;
    }
    if (connection_socket_has_ended(connection->fd)) { /* its client went in the middle of its headers */
        arriving_drop(acceptor, connection);
        return false;
    }
    if (seen.size < sizeof acceptor->peeked)
        return look_later(acceptor, connection, seen.size);
    if (connection->look_ms > 0)
        report(acceptor, connection, EPOLLIN);
    connection->oversized = mem_zero(1, sizeof *connection->oversized); /* without it, the answer names no origin */
    return read_oversized(acceptor, connection);
}

/* There is no room even for a guest. Often the request has not arrived yet, and nothing is known of it. */
void arriving_refuse_socket(struct acceptor *acceptor, int fd, enum connection_refusal refusal) {
    struct raw_request seen = { 0 };
    raw_request_read(&seen, peeked_bytes(acceptor, peek(acceptor, fd)));
    answer_refusal(acceptor, fd, &seen, refusal);
    close(fd);
}

/* Whether the headers have come after all, and we are late; then they are taken. Not while the server stops. */
static bool take_late(struct acceptor *acceptor, struct connection *connection) {
    if (connection->refusal != CONNECTION_ADMITTED || connection->oversized != NULL ||
        atomic_load(&acceptor->stop_accepting))
        return false;
    struct bytes seen = peeked_bytes(acceptor, peek(acceptor, connection->fd));
    size_t section_bytes = guard_section_bytes(seen);
    connection->has_sent_bytes = connection->has_sent_bytes || seen.size > 0;
    if (section_bytes > 0)
        end_headers(acceptor, connection, (struct bytes){ seen.data, section_bytes });
    return section_bytes > 0;
}

void arriving_cut(void *context, struct connection *connection) {
    struct acceptor *acceptor = context;
    if (take_late(acceptor, connection))
        return;
    if (connection->refusal != CONNECTION_ADMITTED) {
        raw_request_read(&connection->seen, peeked_bytes(acceptor, peek(acceptor, connection->fd)));
        refuse_guest(acceptor, connection);
        return;
    }
    if (!connection->has_sent_bytes) {
        arriving_drop(acceptor, connection); /* opened in advance, as browsers do: there is no request to answer */
        return;
    }
    if (connection->oversized != NULL) {
        refuse_large_headers(acceptor, connection);
        return;
    }
    raw_request_read(&connection->seen, peeked_bytes(acceptor, peek(acceptor, connection->fd)));
    refuse(acceptor, connection, PROBLEM_REQUEST_TIMEOUT, "the headers did not arrive within the time limit");
}

void arriving_tick(struct acceptor *acceptor, int64_t now_ms) {
    for (struct timer *timer; (timer = timers_take(&acceptor->looks, now_ms)) != NULL;)
        arriving_read(acceptor, (struct connection *)((char *)timer - offsetof(struct connection, look)));
}
