/* Between hub.c (the loop), hub_socket.c, hub_channel.c and hub_read.c. Everything here is of the hub's thread, but for
 * what says otherwise. */
#ifndef TAILRACE_API_LIVE_HUB_INTERNAL_H
#define TAILRACE_API_LIVE_HUB_INTERNAL_H

#include "api/http/metrics.h"
#include "api/live/hub.h"
#include "gateway/read/waiters.h"

#include <pthread.h>

enum {
    SLOW_BYTES_PER_SECOND = 1024,
    READ_AGAIN_MS = 200, /* after a failure that may pass */
    SHARED_TEXTS = 64,   /* of a channel */
};

/* Text that goes to one stream or many; counted. */
struct burst {
    struct hub *hub;
    unsigned references;
    size_t events;
    struct buffer text;
};

/* A read under way: of a channel, or of one stream that is behind. */
struct hub_read {
    struct hub_read *next; /* among those done; guarded by hub.lock */
    struct hub *hub;
    struct page page;
    struct page_query query;
    struct arena memory;
    void (*finish)(struct hub_read *read); /* on the hub's thread, when it is done */
    bool running;
};

/* What one stream has read to catch up, kept for others that come by the same place: texts depend on the cursor alone,
 * and the stop of a read only on how far the channel was, which never goes back. */
struct shared_text {
    struct buffer from;
    struct buffer to;
    struct burst *burst;
    uint64_t stop_sequence; /* it ends where the channel was then; 0: before that */
};

struct catch_up {
    struct hub_read read;    /* first, so that one is the other */
    struct channel *channel; /* whose patterns and key it reads by, also when the stream has left */
    struct subscriber *subscriber;
    struct buffer from;
    struct buffer stop;
    uint64_t stop_sequence;
};

struct channel {
    struct hub_read read; /* first, so that one is the other */
    struct channel *next;
    struct channel *next_changed; /* guarded by hub.lock, as the next one */
    bool changed;
    struct stream_request asked; /* a copy, in `memory` */
    struct selection_query what; /* the one that `asked` names */
    struct arena memory;
    struct waiter waiter;
    bool waits; /* the waiter was added */
    bool ready; /* it has a cursor */
    bool begun; /* its first read was started */
    bool ended; /* no topic is left, and none can come */
    struct buffer cursor;
    uint64_t sequence; /* rises with the cursor; from 1 */
    uint64_t catalog_version;
    bool cursor_said; /* the last text ended with it */
    int64_t said_ms;  /* when the last text went out */
    int64_t again_ms; /* a read failed: again then; 0: no */
    struct subscriber *members;
    struct subscriber *behind;
    size_t catching_up;                      /* reads under way of streams that are, or were, behind */
    struct shared_text shared[SHARED_TEXTS]; /* a ring */
    size_t shared_count;
};

struct hub {
    struct gateway *gateway;
    struct waiters *waiters;
    struct metrics *metrics;
    struct hub_options options;
    int epoll;
    int wake;
    pthread_t thread;
    pthread_mutex_t lock;
    struct subscriber *coming; /* guarded by lock, as the next four */
    struct hub_read *done;
    struct channel *changed;
    bool stopping;
    bool awake; /* the wake-up is written already */

    bool running; /* the thread; of whoever starts and stops it */

    struct channel *channels;
    struct subscriber *leaving;
    size_t subscriber_count;
    size_t reads_running;
    size_t pinned_bytes; /* of bursts */
    bool held_back;      /* some streams do not read on, because too much text waits already */
};

/* Any thread: makes the hub look at its lists. Under hub.lock. */
void hub_wake_locked(struct hub *hub);

static inline bool hub_is_half_full(const struct hub *hub) {
    return hub->pinned_bytes > hub->options.pinned_bytes_max / 2;
}

/* A burst with one reference; takes the text. NULL: no memory, and the text is freed. */
struct burst *burst_new(struct hub *hub, struct buffer *text, size_t events);
void burst_unref(struct burst *burst);

/* Sends what the socket takes and keeps the rest; leaves when the socket fails. True: all is sent. */
bool subscriber_say(struct subscriber *subscriber, struct burst *burst);
/* Sends of what is pending as much as the socket takes. True: all. */
bool subscriber_flush(struct subscriber *subscriber);
/* Looks how much the other side has taken. */
void subscriber_look(struct subscriber *subscriber, int64_t now_ms);
void subscriber_drop_pending(struct subscriber *subscriber);
void subscriber_set_socket(struct subscriber *subscriber);
void subscriber_leave(struct subscriber *subscriber, enum hub_end end);

/* Starts the read that `query` says; `finish` is called on the hub's thread when it is done. */
void hub_read_start(struct hub_read *read);
void hub_read_end(struct hub_read *read);
/* What a channel asks for, from a cursor on, or from the latest. */
void hub_read_set_query(struct hub_read *read, const struct channel *channel, struct bytes from);
/* A failure that no later try will mend. */
bool hub_read_is_final(enum status status);

/* The channel for what a stream asks for, made when there is none. NULL: no memory. */
struct channel *channel_find(struct hub *hub, const struct stream_request *asked);
void channel_add(struct channel *channel, struct subscriber *subscriber);
void channel_remove(struct subscriber *subscriber); /* destroys an empty channel when it can */
void channel_settle_behind(struct channel *channel);
void channel_forget_shared(struct channel *channel); /* when nobody is behind */
void channel_set_member(struct subscriber *subscriber, bool member);
void channel_destroy_if_idle(struct channel *channel);

/* Starts reading on if it is not reading yet. */
void channel_advance(struct channel *channel);
void channel_heartbeat(struct channel *channel, int64_t now_ms);

/* A stream's socket has taken all: it is a member, or goes on catching up. */
void channel_settle(struct subscriber *subscriber);

#endif
