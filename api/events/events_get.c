/* GET /topics/{topic}/events and GET /events: pages, pages that wait for an event, and the beginning of streams. */
#include "api/endpoints.h"
#include "api/events/page_pieces.h"
#include "api/events/page_reply.h"
#include "api/live/stream.h"
#include "base/clock.h"
#include "base/turns.h"
#include "gateway/read/polls.h"
#include "gateway/read/waiters.h"

enum { FIRST_CHUNK_EVENTS = 2000, FIRST_CHUNK_BYTES = 256 * 1024 };

struct reading {
    struct page_request params;
    struct page page;
    struct arena memory; /* of the page */
    struct page_pieces pieces;
    struct turns *turns;
    struct turn turn; /* of one that is measured in pieces */
    struct gateway *gateway;
    struct poll poll;
    struct stream stream;
};

static void release(void *state) {
    struct reading *reading = state;
    poll_leave(reading->gateway->polls, &reading->poll);
    turns_leave(reading->turns, &reading->turn);
    page_pieces_finish(&reading->pieces);
    page_finish(&reading->page);
    arena_finish(&reading->memory);
    stream_finish(&reading->stream);
}

/* ---- waiting for an event ---- */

/* Nothing came: the page that was there before, empty, from where it stands now. */
static void reply_nothing(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    poll_position(request->gateway->polls, &reading->poll, &reading->page.cursor, &reading->page.up_to_date);
    if (reading->page.cursor.failed)
        reply_no_memory(reply);
    else
        page_reply(request, reply, &reading->params, &reading->page);
}

static void reply_poll_page(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    const struct page *page = poll_page(&reading->poll);
    if (page->status != STATUS_OK)
        page_reply_failure(reply, page);
    else
        page_reply(request, reply, &reading->params, page);
}

static void poll_ready(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    request_wait(request, poll_ready);
    enum poll_turn turn = poll_turn(request->gateway->polls, &reading->poll);
    if (turn == POLL_WAITS)
        return;
    request_go_on(request);
    switch (turn) {
    case POLL_WAITS: break;
    case POLL_PAGE: reply_poll_page(request, reply); break;
    case POLL_NOTHING: reply_nothing(request, reply); break;
    case POLL_NO_MEMORY: reply_no_memory(reply); break;
    }
}

/* The page was empty. What it holds is not needed while the request waits. */
static void wait_for_event(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    request_wait(request, poll_ready);
    reading->params.query.kept_bytes_max = 0; /* what wakes it is one page for all who wait for it */
    if (!poll_join(request->gateway->polls, &reading->poll, &reading->params.query, &reading->page)) {
        request_go_on(request);
        reply_no_memory(reply);
        return;
    }
    page_finish(&reading->page);
    arena_finish(&reading->memory);
    if (!request_tell_hang_up(request, reading->poll.ticket))
        polls_hurry(request->gateway->polls, reading->poll.ticket);
}

static bool should_wait(const struct request *request) {
    const struct reading *reading = request->state;
    const struct poll *poll = &reading->poll;
    int64_t deadline_ms = reading->page.up_to_date ? poll->parked_until_ms : poll->deadline_ms;
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

/* ---- pages ---- */

static void page_made(struct request *request, struct reply *reply);

static void read_on(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    (void)reply;
    request_wait(request, page_made);
    page_go_on(&reading->page);
}

/* Its turn has come, but its client has gone, or has closed its sending side, which looks the same: with others waiting, nobody
 * measures a page that most likely nobody takes. */
static void begin_turn(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    if (request_tell_hang_up(request, 0)) {
        read_on(request, reply);
        return;
    }
    turns_leave(reading->turns, &reading->turn);
    reply_problem(reply, PROBLEM_OVERLOADED, "other large pages came first, and the client sends no more; retry later");
}

/* A large page is a lot of work, which the client may not even take: one is measured at a time, and others have their turn after
 * each part of it. */
static void measure_on(struct request *request) {
    struct reading *reading = request->state;
    if (reading->turn.ready != NULL) {
        request_yield(request, read_on);
        return;
    }
    reading->turn = (struct turn){ .ready = request_ready, .context = request };
    request_wait(request, begin_turn);
    if (turns_enter(request->page_turns, &reading->turn))
        request_yield(request, read_on);
}

/* More was read than should be kept, or all of it. */
static void measure(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    bool good = page_pieces_measure(&reading->pieces, reply, &reading->params, &reading->page);
    if (good && reading->page.paused) {
        measure_on(request);
        return;
    }
    turns_leave(reading->turns, &reading->turn);
    if (good)
        page_pieces_reply(&reading->pieces, request, reply);
}

/* The records are not needed while the answer is sent. */
static void reply_page(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    page_reply(request, reply, &reading->params, &reading->page);
    page_finish(&reading->page);
    arena_finish(&reading->memory);
}

static void reply_failed_page(struct reading *reading, struct reply *reply) {
    turns_leave(reading->turns, &reading->turn);
    page_reply_failure(reply, &reading->page);
}

static void page_made(struct request *request, struct reply *reply) {
    struct reading *reading = request->state;
    if (reading->page.status != STATUS_OK)
        reply_failed_page(reading, reply);
    else if (reading->page.paused || reading->page.spans != NULL)
        measure(request, reply);
    else if (reading->params.stream)
        begin_stream(request, reply);
    else if (should_wait(request))
        wait_for_event(request, reply);
    else
        reply_page(request, reply);
}

static void read_page(struct request *request) {
    struct reading *reading = request->state;
    reading->page = (struct page){ .done = request_ready, .context = request };
    request_wait(request, page_made);
    page_start(request->gateway, &reading->params.query, &reading->memory, &reading->page);
}

static void set_deadlines(struct reading *reading) {
    int64_t until_ms = reading->params.query.until_ms;
    int64_t now_ms = clock_monotonic_ms();
    int64_t left_ms = until_ms != STORAGE_TIME_NONE ? until_ms - clock_wall_ms() : INT64_MAX;
    int64_t wait_ms = (int64_t)reading->params.wait_ms;
    reading->poll.deadline_ms = now_ms + wait_ms;
    reading->poll.parked_until_ms = now_ms + (left_ms < wait_ms ? left_ms : wait_ms);
}

void events_get(struct request *request, struct reply *reply) {
    struct reading *reading = request_state(request, sizeof *reading, release);
    if (reading == NULL)
        return;
    reading->gateway = request->gateway;
    reading->turns = request->page_turns;
    reading->poll.ready = request_ready;
    reading->poll.context = request;
    if (!page_request_read(request, reply, &reading->params))
        return;

    if (reading->params.stream) {
        reading->params.query.event_limit = FIRST_CHUNK_EVENTS;
        reading->params.query.byte_limit = FIRST_CHUNK_BYTES;
    }
    reading->params.query.kept_bytes_max = reading->params.stream ? 0 : page_kept_bytes_max(&reading->params.query);
    reading->params.query.live = reading->params.wait_ms > 0;
    set_deadlines(reading);
    read_page(request);
}
