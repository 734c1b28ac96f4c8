/* The hub: one thread that owns the sockets of all live streams, so that fan-out never stands in the way of intake.
 *
 * Streams that ask for the same belong to a channel. Those that have everything the channel has are its members: they
 * stand at the channel's cursor, and what comes next is read and made into text once for all of them. One that is
 * behind reads for itself, up to the channel's cursor, and joins there. A stream is a position, never a queue: at most
 * one chunk of text waits for its socket, and other streams may share it. */
#ifndef TAILRACE_API_LIVE_HUB_H
#define TAILRACE_API_LIVE_HUB_H

#include "api/http/sockets/taken_socket.h"
#include "api/live/stream_request.h"
#include "gateway/gateway.h"

struct connections;
struct hub;
struct metrics;
struct subscriber;

struct hub_options {
    int64_t heartbeat_ms;
    int64_t first_heartbeat_ms; /* in the first minute of a stream: some proxies and clients give up early */
    int64_t stall_ms;
    int64_t slow_window_ms; /* in which SLOW_BYTES_PER_SECOND must be taken while behind */
    struct budget *budget;  /* the cap of BUDGET_STREAMS bounds the text that streams hold */
};

/* What a stream begins with. */
struct stream_start {
    struct stream_request request; /* borrowed; the hub keeps a copy */
    struct buffer text;            /* framed (stream_frame.h); taken, as the next one */
    struct buffer cursor;          /* the position behind it */
    size_t events;                 /* how many are in the text */
    bool ends;                     /* nothing follows: the text says so, and its frame is the last */
};

/* Takes the buffers. NULL: no memory, and nothing is taken. */
struct subscriber *subscriber_create(struct stream_start *start);

/* Of one that was never attached; NULL is fine. */
void subscriber_destroy(struct subscriber *subscriber);

/* NULL: no memory, thread or descriptor. All but the options are borrowed. */
struct hub *hub_start(struct gateway *gateway, struct connections *connections, struct metrics *metrics,
                      const struct hub_options *options);

/* Takes the stream, its socket and the socket's place. Any thread. Once the hub stops, the stream is told when to reconnect,
 * and ended at once. */
void hub_attach(struct hub *hub, struct subscriber *subscriber, const struct taken_socket *socket);

/* Tells streams when to reconnect, ends them all, and ends the thread. From then on hub_attach only refuses. */
void hub_stop(struct hub *hub);
void hub_destroy(struct hub *hub); /* stops it first when it runs; NULL is fine */

#endif
