/* The parts of the hub. Each calls those below it, and none calls back:
 *
 *     hub.c             the loop: attaches, ticks, detaches
 *     hub_channel.c     a channel reads, and writes to its members
 *     hub_catch_up.c    a stream that is behind reads on, and joins
 *     hub_read.c        a page is read
 *     hub_subscriber.c  a stream's state, lists and socket
 *     hub_chunk.c       texts that several streams share
 *     hub_inbox.c       what other threads tell the hub
 *
 * Everything here belongs to the hub's thread, but for what says otherwise. */
#ifndef TAILRACE_API_LIVE_HUB_INTERNAL_H
#define TAILRACE_API_LIVE_HUB_INTERNAL_H

#include "api/http/metrics.h"
#include "api/live/hub.h"
#include "gateway/read/waiters.h"

#include <assert.h>
#include <pthread.h>

enum {
    SLOW_BYTES_PER_SECOND = 1024,
    RETRY_READ_MS = 200,      /* after a failure that may pass */
    CHUNK_CACHE_ENTRIES = 64, /* of a channel */
};

/* ---- hub_chunk.c ---- */

/* Text that is made once and goes to one stream or many; counted. */
struct stream_chunk {
    struct hub *hub;
    unsigned references;
    size_t events;
    struct buffer text;
};

/* What one stream has read to catch up, kept for others that pass the same place: texts depend on the cursor alone, and
 * the stop of a read only on how far the channel was, which never goes back. */
struct cached_chunk {
    struct buffer from;
    struct buffer to;
    struct stream_chunk *chunk; /* NULL: the entry is empty */
    uint64_t stop_sequence;     /* it ends where the channel was then; 0: before that */
};

struct chunk_cache {
    struct cached_chunk entries[CHUNK_CACHE_ENTRIES]; /* a ring */
    size_t count;                                     /* how many there have ever been */
};

/* A chunk with one reference; takes the text. NULL: no memory, and the text is freed. */
struct stream_chunk *stream_chunk_new(struct hub *hub, struct buffer *text, size_t events);
void stream_chunk_unref(struct stream_chunk *chunk); /* NULL is fine */

/* Keeps a chunk, unless there is no memory. */
void chunk_cache_put(struct chunk_cache *cache, struct bytes from, struct bytes to, struct stream_chunk *chunk,
                     uint64_t stop_sequence);
const struct cached_chunk *chunk_cache_find(const struct chunk_cache *cache, struct bytes from); /* or NULL */
void chunk_cache_clear(struct chunk_cache *cache);

/* ---- hub_read.c ---- */

/* A read of a page: of a channel, or of one stream that is behind. One at a time. */
struct hub_read {
    struct hub_read *next; /* in the inbox */
    struct hub *hub;
    struct page page;
    struct page_query query;
    struct arena memory;
    void (*done)(void *context); /* called on the hub's thread, which then finishes the read */
    void *context;
};

/* Reads what a channel asks for: from a cursor, or from the latest if `from` is none, up to the cursor `stop`, or to
 * the head if that is none. Both are borrowed until `done`. */
void hub_read_start(struct hub_read *read, const struct channel *channel, struct bytes from, struct bytes stop);
void hub_read_finish(struct hub_read *read);

/* A failure that no later try will mend. */
bool hub_read_is_final(enum status status);

/* ---- channels ---- */

/* The states of a channel. The hub's thread makes every move; another one may wake a PARKED channel, through the inbox.
 *
 *     channel_find
 *         v     a stream attaches            up to date
 *       IDLE --------------------> READING ---------------> PARKED
 *         ^                        | | | ^                    |
 *         '------------------------' | | '------ woken -------'
 *           no stream is left,       | |
 *           or the server drains     | '---- the read failed ----> RETRYING --- channel_tick ---> READING
 *                                    |
 *                                    '---- no topic is left, and none can come ----> ENDED
 *
 * One that is not up to date goes from READING to READING. A channel is destroyed at the end of a round in which it has
 * no stream and no read, its own or one of its streams'. */
enum channel_state { CHANNEL_IDLE, CHANNEL_READING, CHANNEL_PARKED, CHANNEL_RETRYING, CHANNEL_ENDED };

struct channel {
    struct hub *hub;
    struct channel *next;
    struct channel *next_woken; /* in the inbox */
    enum channel_state state;
    struct stream_request request; /* a copy, in `memory` */
    struct arena memory;
    struct hub_read read;
    struct waiter waiter;
    bool watching; /* the waiter was added */
    uint64_t catalog_version;
    struct buffer cursor;
    uint64_t sequence;   /* rises with the cursor; 0: it has none yet */
    bool cursor_written; /* the last text ended with it */
    int64_t written_ms;  /* when the last text went out */
    int64_t retry_ms;    /* a read, its own or of a stream that is behind, failed: again then; 0: none did */
    struct subscriber *members;
    struct subscriber *behind;
    size_t catch_up_count; /* reads under way of streams that are behind, or have left */
    struct chunk_cache cache;
};

struct hub {
    struct gateway *gateway;
    struct waiters *waiters;
    struct metrics *metrics;
    struct hub_options options;
    int epoll;
    pthread_t thread;
    bool running; /* the thread; of whoever starts and stops it */

    int wake;
    pthread_mutex_t lock;
    struct hub_inbox {
        struct subscriber *attaching;
        struct hub_read *done;
        struct channel *woken;
        bool stopping; /* stays */
    } inbox;           /* guarded by lock, as the next one */
    bool awake;        /* the wake-up is written already */

    struct channel *channels;
    struct subscriber *leaving;
    size_t subscriber_count;
    size_t reads_running;
    size_t pinned_bytes; /* of chunks */
    bool held_back;      /* some streams do not read on, because too much text waits already */
};

static inline bool hub_is_half_full(const struct hub *hub) {
    return hub->pinned_bytes > hub->options.pinned_bytes_max / 2;
}

/* ---- hub_inbox.c ---- */

/* Any thread: a hub_read that storage has done, a channel that the waiters wake. */
void hub_post_read(void *context);
void hub_post_woken(void *context);
void hub_post_stop(struct hub *hub);

/* Takes a channel that is about to go out of the inbox, where it may be. */
void hub_withdraw_woken(struct channel *channel);

/* Takes everything out of the inbox. */
struct hub_inbox hub_collect(struct hub *hub);

/* ---- hub_subscriber.c ---- */

/* Moves it to the list of another state. */
void subscriber_set_state(struct subscriber *subscriber, enum subscriber_state state);

/* Sends what the socket takes and keeps the rest; leaves when the socket fails. True: all is sent. */
bool subscriber_write(struct subscriber *subscriber, struct stream_chunk *chunk);
/* Sends of what is pending as much as the socket takes. True: all. */
bool subscriber_flush(struct subscriber *subscriber);
void subscriber_drop_pending(struct subscriber *subscriber);

/* Finds out how much the other side has taken. */
void subscriber_probe(struct subscriber *subscriber, int64_t now_ms);
void subscriber_configure_socket(struct subscriber *subscriber);

/* Begins its end, once. Nothing is done for it any more; it is detached at the end of the round. */
void subscriber_leave(struct subscriber *subscriber, enum hub_end end);

/* ---- hub_catch_up.c ---- */

/* Goes on with a stream that has nothing pending and is behind: it joins its channel, reads on, waits, or ends. */
void subscriber_advance(struct subscriber *subscriber);

/* ---- hub_channel.c ---- */

/* The channel for what a stream asks for, made when there is none. NULL: no memory. */
struct channel *channel_find(struct hub *hub, const struct stream_request *request);
void channel_destroy_if_unused(struct channel *channel);
void channel_start_read(struct channel *channel);
void channel_advance_behind(struct channel *channel);
void channel_tick(struct channel *channel, int64_t now_ms); /* retries and heartbeats */

#endif
