/* The hub: one thread that owns the sockets of all live streams, so that fan-out never stands in the way of intake.
 *
 * Streams that ask for the same belong to a channel. Those that have all that the channel has are its members: they
 * stand at the channel's cursor, and what comes next is read and made into text once for all of them. One that is
 * behind reads for itself, up to the channel's cursor, and joins there. A stream is a position, never a queue: of text
 * there is at most one run that its socket has not taken yet, shared with the others. */
#ifndef TAILRACE_API_LIVE_HUB_H
#define TAILRACE_API_LIVE_HUB_H

#include "api/live/stream_text.h"
#include "gateway/gateway.h"

struct hub;
struct metrics;
struct channel;
struct burst;
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

/* What a stream asks for. Those that ask for the same share a channel. */
struct stream_request {
    enum stream_format format;
    enum event_view view;
    const struct selection_query *what; /* borrowed, as the key */
    struct bytes key;                   /* none: all keys */
};

/* One stream, in the caller's memory from hub_join to `left`. */
struct subscriber {
    struct stream_request asked;
    int fd;
    struct buffer first;                                           /* what to say first; taken */
    size_t first_events;                                           /* how many are in it */
    struct buffer cursor;                                          /* the position behind it; taken */
    bool ends;                                                     /* nothing comes after `first` */
    void (*left)(struct subscriber *subscriber, enum hub_end end); /* the last thing the hub does with it */
    void *context;

    /* Internal, of the hub's thread. */
    struct subscriber *next; /* in the list of its channel, or of those that come or go */
    struct subscriber *previous;
    struct channel *channel;
    struct burst *pending;
    size_t sent; /* of pending */
    struct catch_up *catching_up;
    uint64_t at_sequence; /* its cursor is the one that the channel had then; 0: another */
    uint64_t tried_sequence;
    uint64_t written;      /* bytes given to the kernel */
    uint64_t taken;        /* of those, taken by the other side when last looked at */
    int64_t progress_ms;   /* when that was seen to move */
    int64_t window_ms;     /* a window in which enough must be taken: when it began, */
    uint64_t window_taken; /* and what had been taken then */
    enum hub_end end;
    bool member;
    bool leaving;
};

/* NULL: no memory, thread or descriptor. */
struct hub *hub_start(struct gateway *gateway, struct metrics *metrics, const struct hub_options *options);

/* Hands a socket over. From here to `left`, only the hub touches it. Any thread. Once the hub stops, `left` comes at
 * once. */
void hub_join(struct hub *hub, struct subscriber *subscriber);

/* Tells streams to come again, ends all, and ends the thread. What is left can only refuse. */
void hub_stop(struct hub *hub);
void hub_destroy(struct hub *hub); /* stops it first when it runs; NULL is fine */

#endif
