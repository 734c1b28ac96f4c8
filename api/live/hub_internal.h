/* The parts of the hub. Each calls those below it, and none calls back:
 *
 *     hub.c             the loop: attaches, ticks, ends what has left
 *     hub_table.c       channels by what they stream
 *     hub_channel.c     a channel reads, and writes to its members
 *     hub_catch_up.c    a stream that is behind reads on, and joins
 *     hub_read.c        what is read, and the reads of those that are behind
 *     hub_ring_write.c  a stream that is behind goes on with what its channel wrote
 *     hub_subscriber.c  a stream's state, lists and socket
 *     hub_ring.c        the texts that a channel wrote last
 *     hub_chunk.c       texts that several streams share
 *     hub_young.c       streams in their first minute
 *     hub_inbox.c       what other threads tell the hub
 *
 * Everything here belongs to the hub's thread, but for what says otherwise. */
#ifndef TAILRACE_API_LIVE_HUB_INTERNAL_H
#define TAILRACE_API_LIVE_HUB_INTERNAL_H

#include "api/http/metrics.h"
#include "api/http/sockets/connections.h"
#include "api/live/hub.h"
#include "api/live/hub_ring.h"
#include "api/live/stream_frame.h"
#include "base/budget.h"
#include "gateway/read/follow.h"

#include <assert.h>
#include <pthread.h>
#include <sys/uio.h>

enum {
    SLOW_BYTES_PER_SECOND = 1024,
    RETRY_READ_MS = 200,      /* after a failure that may pass */
    CHUNK_CACHE_ENTRIES = 64, /* of a channel */
    CHANNEL_BUCKETS = 4096,
    CATCH_UPS_MAX = 64, /* reads at once, of all channels: what they hold is not counted otherwise */
};

/* ---- streams ---- */

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
 *                         (freed)                                        at the end of the round, without a read
 *
 * One that is BEHIND does one thing at a time: its socket takes `pending`, which may be the next of what the channel's ring
 * has; or it reads (`catch_up`, with all that stand at the same place); or it waits, until the channel has a cursor or moves
 * it, until a failed read may be tried again, or until the hub holds nobody back. While
 * it reads or waits it may get a heartbeat; if its socket does not take that at once, what it read meanwhile is dropped.
 * A MEMBER has neither `pending` nor `catch_up`. */
enum subscriber_state {
    SUBSCRIBER_ATTACHING, /* in the hub's inbox */
    SUBSCRIBER_BEHIND,
    SUBSCRIBER_MEMBER,
    SUBSCRIBER_LEAVING, /* an event of this round may still name it */
};

/* One stream. There may be many thousands that do nothing: what only a few need stands behind a pointer. */
struct subscriber {
    struct hub *hub;
    struct channel *channel;
    struct subscriber_start *start; /* until it is attached */
    struct subscriber *next;        /* in the list of its state: of the inbox, of its channel, or of the hub */
    struct subscriber *previous;
    struct subscriber *younger; /* in the hub's list of streams in their first minute */
    struct subscriber *older;
    struct connection_place place;
    int fd;
    enum subscriber_state state;
    enum hub_end end; /* why it leaves */
    bool chunked;
    bool young; /* in that list */
    bool ends;  /* nothing follows what is pending */
    struct stream_chunk *pending;
    size_t sent; /* of pending */
    struct catch_up *catch_up;
    struct subscriber *next_reader; /* of the same */
    struct buffer cursor;           /* while BEHIND */
    uint64_t at_sequence;           /* its cursor is the one that the channel had then; 0: another */
    uint64_t heads_for;      /* of another: it reads up to the one of that sequence; 0: to the channel's newest */
    uint64_t tried_sequence; /* how far the channel was when it last read on; 0: it may read */
    uint64_t written;        /* bytes given to the kernel */
    uint64_t taken;          /* of those, taken by the other side at the last probe */
    int64_t attached_ms;
    int64_t written_ms;    /* when it was last written to */
    int64_t progress_ms;   /* when a probe last saw `taken` move */
    int64_t window_ms;     /* a window in which enough must be taken: when it began, */
    uint64_t window_taken; /* and what had been taken then */
};

/* ---- hub_chunk.c ---- */

/* Text that is made once and goes to one stream or many; counted. */
struct stream_chunk {
    struct hub *hub;
    unsigned references;
    size_t events;
    struct buffer text;
    struct stream_frame frame; /* of the text */
};

/* Where a stream stands. */
struct stream_place {
    struct bytes cursor;  /* borrowed */
    uint64_t at_sequence; /* as of struct subscriber, as the next one */
    uint64_t heads_for;
};

/* What one stream has read to catch up, kept for others that pass the same place: texts depend on the cursor alone, and
 * the stop of a read only on how far the channel was, which never goes back. */
struct cached_chunk {
    struct buffer from;
    struct buffer to;
    struct stream_chunk *chunk; /* NULL: the entry is empty */
    struct stream_place place;  /* behind it, but for the cursor, which is `to` */
};

struct chunk_cache {
    struct cached_chunk entries[CHUNK_CACHE_ENTRIES]; /* a ring */
    size_t count;                                     /* how many there have ever been */
};

/* A chunk with one reference; takes the text, whose frame it completes; `last` ends the body, too. NULL: no memory, and the text
 * is freed. */
struct stream_chunk *stream_chunk_new(struct hub *hub, struct buffer *text, size_t events, bool last);
void stream_chunk_unref(struct stream_chunk *chunk); /* NULL is fine */

/* Keeps a chunk that leads from there to a place, unless there is no memory. */
void chunk_cache_put(struct chunk_cache *cache, struct bytes from, const struct stream_place *to,
                     struct stream_chunk *chunk);
const struct cached_chunk *chunk_cache_find(const struct chunk_cache *cache, struct bytes from); /* or NULL */
void chunk_cache_clear(struct chunk_cache *cache);

/* ---- hub_read.c ---- */

/* A read of a page of one stream that is behind. One at a time. */
struct hub_read {
    struct hub_read *next; /* in the inbox */
    struct hub *hub;
    struct page page;
    struct page_query query;
    struct arena memory;
    void (*done)(void *context); /* called on the hub's thread, which then finishes the read */
    void *context;
};

/* Reads what a channel asks for, from one cursor up to another. Both are borrowed until `done`. */
void hub_read_start(struct hub_read *read, const struct channel *channel, struct bytes from, struct bytes stop);
void hub_read_finish(struct hub_read *read);

/* What the streams of a channel ask for, of any position. Borrows what the channel has. */
struct page_query hub_query(const struct channel *channel, size_t byte_limit);

/* A failure that no later try will mend. */
bool hub_read_is_final(enum status status);

/* ---- channels ---- */

/* The states of a channel. The hub's thread makes every move; the turns of its follower (gateway/read/follow.h) come through
 * the inbox.
 *
 *     channel_find
 *         v     a stream attaches                 a turn
 *       IDLE --------------------> FOLLOWING ----------------> FOLLOWING
 *         ^                        |   |   |
 *         '------------------------'   |   '----- the read failed ----> RETRYING --- channel_tick ---> FOLLOWING
 *           no stream is left,         |
 *           or the server drains       '---- no topic is left, and none can come ----> ENDED
 *
 * A channel is destroyed at the end of a round in which it has
 * lost its last stream, or the last read under way, its own or one of its streams'. */
enum channel_state { CHANNEL_IDLE, CHANNEL_FOLLOWING, CHANNEL_RETRYING, CHANNEL_ENDED };

struct channel {
    struct hub *hub;
    struct channel *next; /* among all */
    struct channel *previous;
    struct channel *next_in_bucket;
    struct channel *next_turned;  /* in the inbox */
    struct channel *next_checked; /* in the hub's list, */
    bool checked;                 /* if it is there */
    uint32_t hash;                /* of the request */
    enum channel_state state;
    struct stream_request request; /* a copy, in `memory` */
    struct arena memory;
    struct follow follow; /* its position is the channel's cursor */
    uint64_t sequence;    /* rises with the cursor; 0: it has none yet */
    bool cursor_written;  /* the last text ended with it */
    int64_t written_ms;   /* when the last text went out */
    int64_t retry_ms;     /* a read, its own or of a stream that is behind, failed: again then; 0: none did */
    struct subscriber *members;
    struct subscriber *behind;
    struct catch_up *catch_ups; /* reads under way of streams that are behind, or have left */
    struct chunk_cache cache;
    struct channel_ring ring;
};

struct hub {
    struct gateway *gateway;
    struct waiters *waiters;
    struct connections *connections;
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
        struct channel *turned;
        bool stopping; /* stays */
    } inbox;           /* guarded by lock, as the next one */
    bool awake;        /* the wake-up is written already */

    struct channel *channels;
    struct channel *by_request[CHANNEL_BUCKETS];
    struct channel *checked; /* those that perhaps nobody needs any more */
    struct subscriber *leaving;
    struct subscriber *youngest; /* streams in their first minute, in the order in which they came */
    struct subscriber *oldest;
    size_t subscriber_count;
    size_t reads_running;
    size_t catch_up_count; /* of those, what streams that are behind read */
    size_t ring_bytes;     /* of chunks, what rings hold */
    size_t cached_count;   /* chunks in the caches of channels */
    struct ring_text *oldest_text;
    struct ring_text *newest_text;
    bool held_back; /* some streams do not read on, because too much text waits already */
};

static inline size_t hub_text_max(const struct hub *hub) { return hub->options.budget->kinds[BUDGET_STREAMS].max; }

/* Of all chunks: nobody else takes of this kind. */
static inline size_t hub_text_bytes(const struct hub *hub) {
    return atomic_load_explicit(&hub->options.budget->kinds[BUDGET_STREAMS].used, memory_order_relaxed);
}

static inline bool hub_is_half_full(const struct hub *hub) { return hub_text_bytes(hub) > hub_text_max(hub) / 2; }

/* What is kept for those that are behind. */
static inline void channel_drop_texts(struct channel *channel) {
    chunk_cache_clear(&channel->cache);
    ring_clear(channel);
}

/* It has lost a stream or ended a read: at the end of the round it is looked at, and goes if it has no other. */
static inline void channel_note_check(struct channel *channel) {
    struct hub *hub = channel->hub;
    if (channel->checked)
        return;
    channel->checked = true;
    channel->next_checked = hub->checked;
    hub->checked = channel;
}

/* ---- hub_inbox.c ---- */

/* Any thread: a hub_read that storage has done, a channel whose follower has a turn. */
void hub_post_read(void *context);
void hub_post_turned(void *context);
void hub_post_stop(struct hub *hub);

/* Takes a channel that is about to go out of the inbox, where it may be. */
void hub_withdraw_turned(struct channel *channel);

/* Takes everything out of the inbox. */
struct hub_inbox hub_collect(struct hub *hub);

/* ---- hub_subscriber.c ---- */

/* What is needed until a stream is attached. */
struct subscriber_start {
    struct arena memory;
    struct stream_request request;
    struct buffer text;
    size_t events;
};

void subscriber_drop_start(struct subscriber *subscriber);

/* Closes its socket, gives its place back, counts its end, and frees it. Any thread, for one that the hub never had. */
void subscriber_end(struct subscriber *subscriber);

/* Moves it to the list of another state. */
void subscriber_set_state(struct subscriber *subscriber, enum subscriber_state state);

/* Moves it; copies the cursor. False: no memory. */
bool subscriber_set_place(struct subscriber *subscriber, const struct stream_place *place);

/* Enters it into the hub's list of streams in their first minute, or takes it out, if it is still there. */
void subscriber_set_young(struct subscriber *subscriber);
void subscriber_set_grown(struct subscriber *subscriber);

/* Sends what the socket takes and keeps the rest; leaves when the socket fails. True: all is sent. */
bool subscriber_write(struct subscriber *subscriber, struct stream_chunk *chunk);
/* Sends of what is pending as much as the socket takes. True: all. */
bool subscriber_flush(struct subscriber *subscriber);
void subscriber_drop_pending(struct subscriber *subscriber);
/* What of a text the stream gets. */
struct bytes subscriber_text(const struct subscriber *subscriber, const struct stream_frame *frame);
/* Sends as much as the socket takes at once; *ret_sent may be 0. False: the socket failed. */
bool subscriber_send(struct subscriber *subscriber, const struct iovec *vectors, size_t count, size_t *ret_sent);
/* Bytes of what is pending that the socket has not taken. */
size_t subscriber_unsent(const struct subscriber *subscriber);

/* A member whose socket did not take all of what it was sent last, and so stands where its channel is; does nothing for
 * others. */
void subscriber_fall_behind(struct subscriber *subscriber);

/* Finds out how much the other side has taken. */
void subscriber_probe(struct subscriber *subscriber, int64_t now_ms);
void subscriber_configure_socket(struct subscriber *subscriber);

/* Begins its end, once. Nothing is done for it any more; it is freed at the end of the round. */
void subscriber_leave(struct subscriber *subscriber, enum hub_end end);

/* Nothing pending: tells it when to reconnect. Of the text that is sent then, as far as the socket takes it, nothing is kept.
 * Any thread, for one that the hub does not have. */
void subscriber_write_retry(const struct subscriber *subscriber, enum stream_format format);

/* ---- hub_young.c ---- */

/* Sends heartbeats, and lets those go whose first minute is over. */
void young_tick(struct hub *hub, int64_t now_ms);

/* ---- hub_catch_up.c ---- */

/* Goes on with a stream that has nothing pending and is behind: it joins its channel, reads on, waits, or ends. */
void subscriber_advance(struct subscriber *subscriber);

/* Signs of life for one that is behind and has found nothing to send for long. */
void subscriber_tick(struct subscriber *subscriber, int64_t now_ms);

/* ---- hub_table.c ---- */

/* The channel for what a stream asks for, made when there is none. NULL: no memory. */
struct channel *channel_find(struct hub *hub, const struct stream_request *request);

/* Of those that have been noted for a check. */
void hub_end_unused_channels(struct hub *hub);

/* ---- hub_channel.c ---- */

/* NULL: no memory. Of hub_table.c. */
struct channel *channel_create(struct hub *hub, const struct stream_request *request);
void channel_destroy(struct channel *channel);

/* The next step of one that follows nothing yet, or whose follower has had a turn. */
void channel_step(struct channel *channel);
void channel_turn(struct channel *channel);
void channel_advance_behind(struct channel *channel);
void channel_tick(struct channel *channel, int64_t now_ms); /* retries and heartbeats */

#endif
