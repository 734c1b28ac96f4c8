/* The accept thread: takes connections, waits for their first headers, and hands them on. It alone enforces the
 * deadlines of connections and the limits on how many there are. */
#ifndef TAILRACE_API_HTTP_SOCKETS_ACCEPT_H
#define TAILRACE_API_HTTP_SOCKETS_ACCEPT_H

#include "api/http/guard/callers.h"
#include "api/http/sockets/connections.h"
#include "api/http/sockets/listener.h"

struct acceptor;
struct log;

/* Called on the accept thread with a connection whose first headers are complete, in phase HEADERS; owns it from
 * here. */
typedef void (*accept_hand_over)(void *context, struct connection *connection);

/* Called on the accept thread: the client of a request that is known by this number (connections_tell) sends no more. */
typedef void (*accept_hang_up)(void *context, uint64_t ticket);

/* Starts the thread. Listeners, table, callers and log are borrowed. NULL when there is no memory or no descriptor. */
struct acceptor *acceptor_start(const struct listener *listeners, size_t listener_count,
                                struct connections *connections, const struct callers *callers, struct log *log,
                                accept_hand_over hand_over, accept_hang_up hang_up, void *context);

/* Accepts no more connections and ends those that were still ARRIVING; deadlines are kept until acceptor_destroy. */
void acceptor_stop_accepting(struct acceptor *acceptor);
void acceptor_destroy(struct acceptor *acceptor); /* NULL is fine */

#endif
