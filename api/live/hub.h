/* The hub: one thread that owns the sockets of all live streams, so that fan-out never stands in the way of intake.
 *
 * Streams that ask for the same belong to a channel. Those that have everything the channel has are its members: they
 * stand at the channel's cursor, and what comes next is read and made into text once for all of them. One that is
 * behind reads for itself, up to the channel's cursor, and joins there. A stream is a position, never a queue: at most
 * one chunk of text waits for its socket, and other streams may share it. */
#ifndef TAILRACE_API_LIVE_HUB_H
#define TAILRACE_API_LIVE_HUB_H

#include "api/live/stream_request.h"
#include "gateway/gateway.h"

struct hub;
struct metrics;
struct channel;
struct stream_chunk;
struct catch_up;

/* Why a stream ended. */
enum hub_end {
    HUB_END_CLIENT,  /* the client went away */
    HUB_END_DONE,    /* there is nothing left to stream */
    HUB_END_STALLED, /* the socket took nothing for too long */
    HUB_END_SLOW,    /* it took too little while it was behind */
    HUB_END_MEMORY,  /* the text that waits for slow streams passed the cap, and this was the slowest */
    HUB_END_STOP,    /* the server stops */
    HUB_END_FAILED,  /* reading failed, or there was no memory */
};

struct hub_options {
    int64_t heartbeat_ms;
    int64_t stall_ms;
    int64_t slow_window_ms; /* in which SLOW_BYTES_PER_SECOND must be taken while behind */
    size_t pinned_bytes_max;
};

/* The states of a stream. The hub's thread makes every move but the first, which any thread makes under hub.lock.
 *
 *     hub_attach
 *         v
 *     ATTACHING ---attach---> BEHIND ---subscriber_advance---> MEMBER
 *         |                   |    ^                             |  |
 *         |                   |    '------ write_to_members -----'  |    its socket did not take a whole chunk
 *         |                   v                                     |
 *         '---------------> LEAVING <-------------------------------'    subscriber_leave; `end` says why
 *                             v
 *                          DETACHED                                      at the end of the round, without a read
 *
 * One that is BEHIND does one thing at a time: its socket takes `pending`; or it reads (`catch_up`); or it waits, until
 * the channel has a cursor or moves it, until a failed read may be tried again, or until the hub holds nobody back.
 * A MEMBER has neither `pending` nor `catch_up`. */
enum subscriber_state {
    SUBSCRIBER_ATTACHING, /* in the hub's inbox */
    SUBSCRIBER_BEHIND,
    SUBSCRIBER_MEMBER,
    SUBSCRIBER_LEAVING, /* an event of this round may still name it */
    SUBSCRIBER_DETACHED,
};

/* One stream, in the caller's memory from hub_attach to `detached`; zeroed but for what the caller sets. */
struct subscriber {
    struct stream_request request;
    int fd;
    struct buffer first;                                               /* the text to begin with; the hub frees it */
    size_t first_events;                                               /* how many are in it */
    struct buffer cursor;                                              /* the position behind it; the hub frees it */
    bool ends;                                                         /* nothing follows `first`, or what is pending */
    void (*detached)(struct subscriber *subscriber, enum hub_end end); /* the last thing the hub does with it */
    void *context;

    /* Internal, of the hub's thread. */
    enum subscriber_state state;
    enum hub_end end; /* why it leaves */
    struct hub *hub;
    struct channel *channel;
    struct subscriber *next; /* in the list of its state: of the inbox, of its channel, or of the hub */
    struct subscriber *previous;
    struct stream_chunk *pending;
    size_t sent; /* of pending */
    struct catch_up *catch_up;
    uint64_t at_sequence;    /* its cursor is the one that the channel had then; 0: another */
    uint64_t tried_sequence; /* how far the channel was when it last read on; 0: it may read */
    uint64_t written;        /* bytes given to the kernel */
    uint64_t taken;          /* of those, taken by the other side at the last probe */
    int64_t progress_ms;     /* when a probe last saw that move */
    int64_t window_ms;       /* a window in which enough must be taken: when it began, */
    uint64_t window_taken;   /* and what had been taken then */
};

/* NULL: no memory, thread or descriptor. */
struct hub *hub_start(struct gateway *gateway, struct metrics *metrics, const struct hub_options *options);

/* Hands a socket over. From here to `detached`, only the hub touches it. Any thread. Once the hub stops, `detached` is
 * called at once. */
void hub_attach(struct hub *hub, struct subscriber *subscriber);

/* Tells streams when to reconnect, ends them all, and ends the thread. From then on hub_attach only refuses. */
void hub_stop(struct hub *hub);
void hub_destroy(struct hub *hub); /* stops it first when it runs; NULL is fine */

#endif
