/* A page: events of a selection from a start, some of each partition, and where to go on. Asynchronous, because cold
 * reads are. */
#ifndef TAILRACE_GATEWAY_READ_PAGE_H
#define TAILRACE_GATEWAY_READ_PAGE_H

#include "base/buffer.h"
#include "base/handoff.h"
#include "gateway/gateway.h"
#include "gateway/read/selection.h"
#include "gateway/read/tail.h"
#include "gateway/read_failures.h"

enum page_start_kind {
    PAGE_FROM_EARLIEST,
    PAGE_FROM_LATEST,
    PAGE_FROM_LAST,   /* at most the last `last_count` offsets of each partition */
    PAGE_FROM_TIME,   /* the first offset received at or after `time_ms` */
    PAGE_FROM_OFFSET, /* of the one partition that is selected */
    PAGE_FROM_CURSOR,
};

/* What a client asks for. Borrowed until done. */
struct page_query {
    struct selection_query what;
    enum page_start_kind start;
    uint64_t last_count;
    int64_t time_ms;
    uint64_t offset;
    struct bytes cursor;
    const char *group;     /* where it has committed, the start is that instead; NULL: no group */
    size_t event_limit;    /* at least 1 */
    size_t byte_limit;     /* of keys, headers, ids and values; the first event comes whole */
    int64_t until_ms;      /* events received before it, or STORAGE_TIME_NONE */
    struct bytes key;      /* only events with this key, or none: all */
    bool live;             /* it follows the head: reads from the tail cache, and fills it */
    size_t kept_bytes_max; /* a page of more records stops in between (page.paused); 0: none does */
    struct bytes stop;     /* a cursor: nothing at or behind it, and nothing of what is not in it; or none */
};

/* Events of one partition, in offset order. */
struct page_chunk {
    struct page_chunk *next;
    const struct storage_topic *topic;
    struct storage_read read;
    struct tail_run *run; /* what the records point into, when they come from the tail cache or have gone there */
    uint64_t next_offset; /* behind what was looked at for the page */
};

/* What a large page keeps of chunks instead of their records: where they can be read again, as long as they are stored. */
struct page_span {
    struct page_span *next;
    const struct storage_topic *topic;
    uint32_t partition;
    uint64_t offset;      /* all events from here on that the query asks for, */
    uint64_t next_offset; /* up to here */
    size_t event_count;
};

enum page_gap_reason { PAGE_GAP_RETENTION, PAGE_GAP_TRUNCATED, PAGE_GAP_RECREATED, PAGE_GAP_DELETED };

/* What a reader with a cursor cannot have. */
struct page_gap {
    struct page_gap *next;
    enum page_gap_reason reason;
    const char *topic; /* NULL: it was deleted so long ago that its name is not known */
    uint32_t partition;
    uint64_t from;
    uint64_t to; /* where reading goes on; of DELETED: nowhere */
};

/* Where a page stands in one partition of its selection. */
struct page_position {
    uint64_t first_offset;
    uint64_t head;
    uint64_t start_offset;
    uint64_t stop_offset; /* of query.stop, or UINT64_MAX */
    uint64_t next_offset;
    bool given;    /* the start is what somebody said, not made from the bounds: it may lie outside of them */
    bool finished; /* nothing more to be had now: at the head, or at `until` */
    bool failed;   /* cannot be read, or not now: what others have goes before */
    bool deleted;  /* went away while we read; only under a wildcard */
};

struct page {
    void (*done)(void *context); /* called once for page_start and for each page_go_on, any thread */
    void *context;               /* the caller's */

    /* Out. STATUS_OK; or a failure with `detail`, and for OFFSET_GONE, OFFSET_BEYOND and TOPIC_RECREATED a cursor from
     * which the same request can go on. With query.what.lenient these three are no failures but gaps. */
    enum status status;
    char detail[STORAGE_DETAIL_BYTES];
    struct read_failure unreadable; /* of a page that failed because of it; else its topic is "" */
    bool paused;                    /* not made yet: the records so far are many; page_fold, then page_go_on */
    struct page_span *spans;        /* of a page that was folded: they come before the chunks */
    struct page_chunk *chunks;
    size_t event_count;
    bool up_to_date;
    bool at_stop; /* its positions are those of query.stop, and no others */
    struct page_gap *gaps;
    struct buffer cursor;

    /* Internal. */
    struct gateway *gateway;
    const struct page_query *query;
    struct arena *arena;
    struct selection selection;
    struct page_position *positions; /* one for each of selection.partitions */
    bool stop_lost;                  /* the stop has positions in topics that are gone */
    struct handoff handoff;
    /* What is being asked for, or comes next. START: the positions are set, for which nothing is asked. */
    enum { PAGE_STEP_GROUP, PAGE_STEP_BOUNDS, PAGE_STEP_TIME, PAGE_STEP_START, PAGE_STEP_READ } step;
    size_t at; /* the partition that is read, counted from `first` */
    struct storage_offsets_fetch fetch;
    struct storage_bounds bounds;
    struct storage_offset_at_time find;
    struct page_chunk *reading;
    struct page_chunk **chunks_end;
    struct page_span *last_span; /* NULL: none */
    size_t kept_bytes;           /* the memory of the chunks */
    bool got_on;                 /* some position has moved */
    struct page_gap **gaps_end;
    size_t first;      /* the partition that reading begins with */
    bool second_round; /* every partition has had its share; now whoever has more */
    size_t share_left; /* events the partition `at` may still add in this round */
    size_t bytes_left;
    size_t scans_left; /* events that may still be looked at */
};

/* Starts; calls done. `page` must be zeroed but for done and context. The arena is used from whatever thread completes
 * a step, one at a time; it and the query must outlive the page. */
void page_start(struct gateway *gateway, const struct page_query *query, struct arena *arena, struct page *page);
void page_finish(struct page *page);

/* Makes spans of the chunks, and frees those. False: no memory, and the page can only be finished. */
bool page_fold(struct page *page);

/* Goes on with a page that paused; calls done again. */
void page_go_on(struct page *page);

/* Whether the query asks for an event of the selection: it has the key. */
static inline bool page_query_wants(const struct page_query *query, const struct storage_record *record) {
    return !bytes_present(query->key) || (bytes_present(record->key) && bytes_equal(record->key, query->key));
}

/* The cursor behind each event of a page, one after the other. */
struct page_ids;
struct page_ids *page_ids_new(struct page *page); /* in the page's arena; NULL: no memory */
/* Appends the cursor where it stands: at first the start of the page, behind its gaps. */
enum status page_ids_here(const struct page_ids *ids, struct buffer *text);
/* Appends the cursor behind this event, and goes on from there. */
enum status page_ids_append(struct page_ids *ids, uint64_t topic_id, const struct storage_record *record,
                            struct buffer *text);

/* Internal, of page_read.c. */
/* The partition that is read. Reading begins with another one on each page, so that short pages of a busy one do not
 * starve the others. */
size_t page_reading_index(const struct page *page);
bool page_make_chunk(struct page *page);
void page_read_chunk(struct page *page, struct storage_op op);
/* Gives the tail cache what was read up to the head, before any of it is left out. */
void page_keep_tail(struct page *page, struct page_chunk *chunk);
/* Keeps of a chunk what the query asks for and what has room; moves the position behind what was looked at. */
void page_choose_records(struct page *page, struct page_chunk *chunk, struct page_position *position);
void page_chunk_clear(struct page_chunk *chunk);
void page_chunk_free(struct page_chunk *chunk); /* NULL is fine */

/* Internal, of page_positions.c: sets every position from the query and what was found. */
void page_positions_set(struct page *page);
/* Notes that a reader cannot have what lies between. Fails the page when there is no memory. */
void page_gap_add(struct page *page, const struct page_gap *gap);
/* Makes page->cursor from the positions. */
enum status page_positions_encode(struct page *page);

/* Internal: the page ends with this failure. */
bool page_lacks_memory(struct page *page); /* false */
void page_is_too_wide(struct page *page);  /* no cursor can say where it stands */
/* As that operation has; a reason that may name files is for the log. */
void page_fail_with(struct page *page, const struct storage_op *op);
void page_fail(struct page *page, enum status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
