/* GET /topics/{topic}/events and GET /events: pages, pages that wait for an event, and the beginning of streams. */
#include "api/endpoints.h"
#include "api/events/page_reply.h"
#include "api/live/stream.h"
#include "base/clock.h"
#include "gateway/read/waiters.h"

enum { FIRST_CHUNK_EVENTS = 2000, FIRST_CHUNK_BYTES = 256 * 1024 };

struct reading {
    struct page_request params;
    struct page page;
    struct arena memory; /* of the page */
    struct gateway *gateway;
    struct buffer cursor; /* where the last page ended */
    struct waiter waiter;
    int64_t deadline_ms;     /* of the search for an event */
    int64_t parked_until_ms; /* at the head: no later than `until=`, from which on nothing can come that it shows */
    struct stream stream;
};

static void release(void *state) {
    struct reading *reading = state;
    waiters_remove(reading->gateway->waiters, &reading->waiter);
    page_finish(&reading->page);
    arena_finish(&reading->memory);
    buffer_finish(&reading->cursor);
    stream_finish(&reading->stream);
}

static void page_made(struct request *request, struct reply *reply);

static void read_page(struct request *request) {
    struct reading *reading = request->state;
    page_finish(&reading->page);
    arena_finish(&reading->memory);
    reading->page = (struct page){ .done = request_ready, .context = request };
    request_wait(request, page_made);
    page_start(request->gateway, &reading->params.query, &reading->memory, &reading->page);
}

/* ---- waiting for an event ---- */

static void woken(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    (void)reply;
    waiters_rearm(request->gateway->waiters, &reading->waiter);
    read_page(request);
}

/* Topics are created and grow while a request waits. */
static bool watch_selection(struct reading *reading, struct waiters *waiters) {
    const struct selection_query *what = &reading->params.query.what;
    const struct selection *selection = &reading->page.selection;
    return waiters_watch(waiters, &reading->waiter, what, selection) == STATUS_OK;
}

/* The page was empty: goes on from its end. What comes after the read is noticed by the waiter, which parks only when it watched
 * before the read, and the read came to the head: one that ended earlier has passed over many events that the client does
 * not want, and there are more. False: no memory. */
static bool wait_for_event(struct request *request) {
    struct reading *reading = request->state;
    struct waiters *waiters = request->gateway->waiters;
    buffer_clear(&reading->cursor);
    buffer_append_bytes(&reading->cursor, buffer_bytes(&reading->page.cursor));
    if (reading->cursor.failed)
        return false;
    reading->params.query.start = PAGE_FROM_CURSOR;
    reading->params.query.cursor = buffer_bytes(&reading->cursor);
    reading->params.query.group = NULL;

    if (!waiters_watches(&reading->waiter, &reading->page.selection)) {
        if (!watch_selection(reading, waiters))
            return false;
    } else if (reading->page.up_to_date) {
        request_wait(request, woken);
        if (waiters_park(waiters, &reading->waiter, reading->parked_until_ms))
            return true;
    }
    waiters_rearm(waiters, &reading->waiter);
    read_page(request);
    return true;
}

static bool should_wait(const struct request *request) {
    const struct reading *reading = request->state;
    int64_t deadline_ms = reading->page.up_to_date ? reading->parked_until_ms : reading->deadline_ms;
    return reading->params.wait_ms > 0 && !request->head && reading->page.event_count == 0 &&
           clock_monotonic_ms() < deadline_ms && !waiters_draining(request->gateway->waiters);
}

/* ---- streams ---- */

/* The rest is the hub's. */
static void begin_stream(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    const struct page_query *query = &reading->params.query;
    bool over = reading->page.selection.topics.count == 0 && !selection_can_grow(&query->what);
    if (over && reading->page.gaps == NULL) {
        reply_empty(reply, 204); /* ends an EventSource, which has been told why before */
        return;
    }

    const struct stream_request stream = {
        .format = reading->params.shape == PAGE_SHAPE_SSE ? STREAM_SSE : STREAM_LINES,
        .view = reading->params.view,
        .what = &query->what,
        .key = query->key,
    };
    stream_reply(&reading->stream, request, reply, &stream, &reading->page, over);
    page_finish(&reading->page);
    arena_finish(&reading->memory);
}

static void page_made(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    if (reading->page.status != STATUS_OK)
        page_reply_failure(reply, &reading->page);
    else if (reading->params.stream)
        begin_stream(request, reply);
    else if (!should_wait(request))
        page_reply(request, reply, &reading->params, &reading->page);
    else if (!wait_for_event(request))
        reply_no_memory(reply);
}

static void set_deadlines(struct reading *reading) {
    int64_t until_ms = reading->params.query.until_ms;
    int64_t now_ms = clock_monotonic_ms();
    int64_t left_ms = until_ms != STORAGE_TIME_NONE ? until_ms - clock_wall_ms() : INT64_MAX;
    int64_t wait_ms = (int64_t)reading->params.wait_ms;
    reading->deadline_ms = now_ms + wait_ms;
    reading->parked_until_ms = now_ms + (left_ms < wait_ms ? left_ms : wait_ms);
}

void events_get(struct request *request, struct reply *reply) {
    struct reading *reading = request_state(request, sizeof *reading, release);
    if (reading == NULL)
        return;
    reading->gateway = request->gateway;
    reading->waiter.wake = request_ready;
    reading->waiter.context = request;
    if (!page_request_read(request, reply, &reading->params))
        return;

    if (reading->params.stream) {
        reading->params.query.event_limit = FIRST_CHUNK_EVENTS;
        reading->params.query.byte_limit = FIRST_CHUNK_BYTES;
    }
    reading->params.query.live = reading->params.wait_ms > 0;
    set_deadlines(reading);
    read_page(request);
}
