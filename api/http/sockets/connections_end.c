/* How connections end that libmicrohttpd would keep: deadlines, clients that take nothing, clients that went. */
#include "api/http/sockets/connections_internal.h"

#include "api/http/sockets/raw_answer.h"
#include "base/clock.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/param.h>

enum {
    STALL_LOOKS = 8, /* in the time that a client may take nothing */
    STALL_LOOK_MS_MIN = 100,
    GONE_LOOK_MS = 250,
    GONE_LOOKS = 2,
    LATE_LOOK_MS = 50,
    LATE_LOOKS = 2,
    LATE_MS_MAX = 10000,
};

/* Whether bytes of the client lie there that nobody has read. */
static bool has_unread(const struct connection *connection) {
    int unread = 0;
    return ioctl(connection->fd, FIONREAD, &unread) == 0 && unread > 0;
}

/* The lock is held while the socket is used: the thread that closes it removes the connection first, so that the number
 * cannot be another socket's by now. */
static void cut_locked(struct connections *connections, struct connection *connection) {
    static const struct raw_request unknown = { 0 };
    enum connection_phase phase = connection->phase;
    connection->phase = CONNECTION_CUT;
    timers_clear(&connections->timers, &connection->timer);

    if (phase == CONNECTION_HEADERS)
        raw_answer(connection->fd, connections->callers, &unknown, PROBLEM_REQUEST_TIMEOUT,
                   "the headers did not arrive within the time limit");
    else if (phase == CONNECTION_BODY)
        raw_answer(connection->fd, connections->callers, &connection->seen, PROBLEM_REQUEST_TIMEOUT,
                   "the body did not arrive within the time limit");
    else
        shutdown(connection->fd, SHUT_RDWR);
}

/* ---- clients that take nothing ---- */

/* Whether the other side has taken something since the last look, or all there is. */
static bool takes(struct connection *connection) {
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;
    int queued = 0;
    if (ioctl(connection->fd, SIOCOUTQ, &queued) != 0 || queued == 0)
        return true;
    uint64_t taken = (uint64_t)queued;
    if (connection->place.has_address && getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
        taken = info.tcpi_bytes_acked;
    bool moved = taken != connection->taken;
    connection->taken = taken;
    return moved;
}

static int64_t look_ms(const struct connections *connections) {
    int64_t ms = connections->limits->stall_timeout_ms / STALL_LOOKS;
    return ms > STALL_LOOK_MS_MIN ? ms : STALL_LOOK_MS_MIN;
}

void connections_begin_sending(struct connections *connections, struct connection *connection, int64_t now_ms,
                               int64_t deadline_ms) {
    connection->taken = 0; /* it is asked for when it is looked at first: most answers are gone by then */
    connection->taken_ms = now_ms;
    connection->until_ms = deadline_ms;
    connections_set_deadline(connections, connection, now_ms + look_ms(connections));
}

/* Cut a little early rather than late. */
static void look_at_sending(struct connections *connections, struct connection *connection, int64_t now_ms) {
    if (takes(connection))
        connection->taken_ms = now_ms;
    bool stalled = now_ms - connection->taken_ms > connections->limits->stall_timeout_ms - look_ms(connections);
    if (stalled || now_ms >= connection->until_ms) {
        metrics_cut(connections->metrics, stalled ? METRICS_CUT_SLOW_NONE : METRICS_CUT_SLOW_RATE);
        cut_locked(connections, connection);
    } else {
        connections_set_deadline(connections, connection, now_ms + look_ms(connections));
    }
}

/* ---- clients that went ---- */

/* Where only bytes of its client bring a connection on. */
static bool waits_for_bytes(const struct connection *connection) {
    return connection->phase == CONNECTION_HEADERS || connection->phase == CONNECTION_BODY ||
           connection->phase == CONNECTION_IDLE;
}

void connections_set_phase_deadline(struct connections *connections, struct connection *connection, int64_t now_ms,
                                    int64_t deadline_ms) {
    connection->until_ms = deadline_ms;
    connection->idle_looks = 0;
    if (connection->hung_up && waits_for_bytes(connection))
        deadline_ms = deadline_ms > 0 ? MIN(deadline_ms, now_ms + GONE_LOOK_MS) : now_ms + GONE_LOOK_MS;
    connections_set_deadline(connections, connection, deadline_ms);
}

/* libmicrohttpd 0.9.75 does not notice an end that came together with bytes. When nothing is left to read, and time enough
 * has passed for what was read last, nothing will come of this connection. */
static void look_at_gone(struct connections *connections, struct connection *connection, int64_t now_ms) {
    connection->idle_looks = !has_unread(connection) ? connection->idle_looks + 1 : 0;
    if (connection->idle_looks >= GONE_LOOKS || (connection->until_ms > 0 && now_ms >= connection->until_ms)) {
        connection->phase = CONNECTION_IDLE; /* nobody waits for an answer */
        cut_locked(connections, connection);
    } else {
        connections_set_deadline(connections, connection, now_ms + GONE_LOOK_MS);
    }
}

bool connection_socket_has_ended(int fd) {
    struct pollfd poll_of = { .fd = fd, .events = POLLRDHUP };
    return poll(&poll_of, 1, 0) == 1 && (poll_of.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool connections_tell(struct connections *connections, struct connection *connection, uint64_t ticket) {
    pthread_mutex_lock(&connections->lock);
    connection->ticket = ticket;
    bool hung_up = connection->hung_up;
    pthread_mutex_unlock(&connections->lock);
    return !hung_up;
}

uint64_t connections_hung_up(struct connections *connections, int fd) {
    uint64_t ticket = 0;
    pthread_mutex_lock(&connections->lock);
    struct connection *connection = connections_at(connections, fd);
    bool is_known = connection != NULL && connection->phase != CONNECTION_ARRIVING &&
                    connection->phase != CONNECTION_TAKEN && connection->phase != CONNECTION_CUT;
    if (is_known && connection_socket_has_ended(connection->fd)) {
        bool first = !connection->hung_up;
        connection->hung_up = true;
        ticket = connection->ticket;
        if (first && waits_for_bytes(connection))
            connections_set_phase_deadline(connections, connection, clock_monotonic_ms(), connection->until_ms);
    }
    pthread_mutex_unlock(&connections->lock);
    return ticket;
}

/* ---- time ---- */

/* Without the lock: `end` takes it. The accept thread, which calls us, owns all that are ARRIVING, so they stay. */
static void end_arriving(struct connections *connections, struct connection *connection, connection_end end,
                         void *context) {
    pthread_mutex_unlock(&connections->lock);
    end(context, connection);
    pthread_mutex_lock(&connections->lock);
}

/* The time of a client is over. But perhaps it has done its part, and it is the server that is late: then bytes lie there, or have been
 * read a moment ago. Only who has brought nothing at two looks is cut. */
static void look_at_late(struct connections *connections, struct connection *connection, int64_t now_ms) {
    connection->idle_looks = !has_unread(connection) ? connection->idle_looks + 1 : 0;
    if (connection->idle_looks >= LATE_LOOKS || now_ms - connection->until_ms > LATE_MS_MAX)
        cut_locked(connections, connection);
    else
        connections_set_deadline(connections, connection, now_ms + LATE_LOOK_MS);
}

void connections_cut_overdue(struct connections *connections, connection_end end, void *context) {
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&connections->lock);
    for (struct timer *timer; (timer = timers_take(&connections->timers, now_ms)) != NULL;) {
        struct connection *connection = (struct connection *)((char *)timer - offsetof(struct connection, timer));
        if (connection->phase == CONNECTION_ARRIVING)
            end_arriving(connections, connection, end, context);
        else if (connection->phase == CONNECTION_SENDING)
            look_at_sending(connections, connection, now_ms);
        else if (connection->hung_up && waits_for_bytes(connection))
            look_at_gone(connections, connection, now_ms);
        else if (connection->phase == CONNECTION_HEADERS || connection->phase == CONNECTION_BODY)
            look_at_late(connections, connection, now_ms);
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
