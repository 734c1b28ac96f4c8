/* The accept thread: its loop. What it does with a connection whose first headers arrive is in arriving.c. */
#include "api/http/sockets/accept_internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    EVENTS_AT_ONCE = 64,
    TICK_MS = 100,
    TRIM_PEAK_MIN = 256,
    TRIM_QUIET_TICKS = 5,
};

static void admit(struct acceptor *acceptor, const struct listener *listener, int fd,
                  const struct sockaddr_storage *peer, socklen_t peer_bytes) {
    struct connection *connection;
    enum connection_refusal refusal = connections_add(acceptor->connections, fd, peer, peer_bytes,
                                                      listener->on_loopback, &connection);
    if (refusal != CONNECTION_ADMITTED) {
        arriving_refuse_socket(acceptor, fd, refusal);
        return;
    }
    /* Often the request arrives together with the connection. */
    if (!arriving_read(acceptor, connection))
        return;

    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u64 = (uint64_t)fd };
    connection->watched = true;
    if (epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        arriving_drop(acceptor, connection);
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
        arriving_read(acceptor, connection);
        return;
    }
    uint64_t ticket = connections_hung_up(acceptor->connections, fd);
    if (ticket != 0)
        acceptor->hang_up(acceptor->context, ticket);
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
            connections_end_arriving(acceptor->connections, arriving_cut, acceptor);
        }
        for (int i = 0; i < count; i++) {
            int fd = (int)events[i].data.u64;
            if (fd == acceptor->wake)
                clear_wake(fd);
            else if (accepting)
                handle_event(acceptor, fd);
        }

        int64_t now_ms = clock_monotonic_ms();
        if (now_ms >= next_tick_ms) {
            arriving_tick(acceptor, now_ms);
            connections_cut_overdue(acceptor->connections, arriving_cut, acceptor);
            trim_memory(acceptor);
            if (accepting && acceptor->paused)
                set_listening(acceptor, true);
            next_tick_ms = now_ms + TICK_MS;
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
