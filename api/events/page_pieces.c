/* Large pages in pieces. */
#include "api/events/page_pieces.h"

#include "api/events/page_reply.h"
#include "api/events/page_text.h"
#include "base/clock.h"

enum {
    KEPT_BYTES_USUAL = 2 * LIMIT_PAGE_BYTES_DEFAULT, /* the records themselves, too, for events of 100 bytes and more */
    KEPT_BYTES_LARGE = 256 * 1024,
    FULL_EIGHTHS = 5,      /* of the memory for pages: beyond, no large page is begun */
    MEMORY_WAIT_MS = 1000, /* a page that was begun waits so long for memory, which others hold as a rule for moments */
    PIECE_EVENTS = 1000,
    PIECE_BYTES = 128 * 1024,
};

/* ---- measuring ---- */

size_t page_kept_bytes_max(const struct page_query *query) {
    return query->byte_limit <= LIMIT_PAGE_BYTES_DEFAULT ? KEPT_BYTES_USUAL : KEPT_BYTES_LARGE;
}

bool page_pieces_measure(struct page_pieces *pieces, struct reply *reply, const struct page_request *params,
                         struct page *page) {
    autobuffer struct buffer scratch = { 0 };
    bool begins = !pieces->measured_any;
    bool first = begins;
    pieces->params = params;
    pieces->page = page;
    pieces->events_bytes += page_text_chunk_bytes(&scratch, params, page->chunks, &first);
    pieces->measured_any = !first;
    if (scratch.failed || !page_fold(page)) {
        reply_no_memory(reply);
        return false;
    }

    /* What is left then is for large pages that were begun before, and for small ones. */
    if (begins && budget_is_above(page->gateway->budget, BUDGET_PAGES, FULL_EIGHTHS)) {
        reply_problem(reply, PROBLEM_OVERLOADED, REPLY_MEMORY_USED);
        return false;
    }
    return true;
}

/* ---- sending ---- */

static void enter_span(struct page_pieces *pieces, const struct page_span *span) {
    struct page_place *place = &pieces->place;
    place->span = span;
    place->step = span != NULL ? PAGE_PIECES_EVENTS : PAGE_PIECES_END;
    if (span == NULL)
        return;
    place->offset = span->offset;
    place->left = span->event_count;
}

static void clear_text(struct page_pieces *pieces) {
    buffer_finish(&pieces->text);
    budget_share_set(&pieces->share, 0);
}

/* Reads on in the span. Once the read is done, it is rendered. */
static enum pieces_result start_read(struct page_pieces *pieces) {
    const struct page_span *span = pieces->place.span;
    pieces->read = (struct storage_read){ .topic_id = span->topic->id,
                                          .partition = span->partition,
                                          .offset = pieces->place.offset,
                                          .record_limit = PIECE_EVENTS,
                                          .byte_limit = PIECE_BYTES };
    pieces->reading = true;
    request_wait(pieces->request, NULL);
    pieces->read.op = request_op(pieces->request);
    gateway_read(pieces->request->gateway, &pieces->read);
    return request_is_ready(pieces->request) ? PIECES_SOME : PIECES_WAIT;
}

/* Counts those of the read that belong to the page, and what their text needs. */
static bool reserve(struct page_pieces *pieces, size_t record_count) {
    bool first = pieces->place.first;
    autobuffer struct buffer scratch = { 0 };
    struct page_chunk chunk = { .topic = pieces->place.span->topic,
                                .read.records = pieces->read.records,
                                .read.record_count = record_count };
    uint64_t bytes = page_text_chunk_bytes(&scratch, pieces->params, &chunk, &first);
    if (scratch.failed || !budget_share_set(&pieces->share, bytes))
        return false;
    return bytes == 0 || buffer_set_capacity(&pieces->text, bytes);
}

/* Leaves in the read only what the page has: up to the end of the span, and with the key. */
static size_t choose(struct page_pieces *pieces) {
    const struct storage_read *read = &pieces->read;
    size_t kept = 0;
    for (size_t i = 0; i < read->record_count && read->records[i].offset < pieces->place.span->next_offset; i++)
        if (page_query_wants(&pieces->params->query, &read->records[i]))
            read->records[kept++] = read->records[i];
    return kept;
}

static enum pieces_result lack_memory(struct page_pieces *pieces) {
    int64_t now_ms = clock_monotonic_ms();
    if (pieces->give_up_ms == 0)
        pieces->give_up_ms = now_ms + MEMORY_WAIT_MS;
    return now_ms < pieces->give_up_ms ? PIECES_LATER : PIECES_BROKEN;
}

/* Makes text of what was read, and goes behind it; broken when it is not what was measured. */
static enum pieces_result render(struct page_pieces *pieces) {
    struct page_place *place = &pieces->place;
    const struct storage_read *read = &pieces->read;
    if (read->op.status == STATUS_NO_MEMORY)
        return lack_memory(pieces);
    if (read->op.status != STATUS_OK || read->ret_next <= place->offset)
        return PIECES_BROKEN; /* deleted, expired, or not readable now */
    size_t count = choose(pieces);
    if (count > place->left)
        return PIECES_BROKEN;
    if (!reserve(pieces, count))
        return lack_memory(pieces);
    pieces->give_up_ms = 0;

    for (size_t i = 0; i < count; i++)
        page_text_event(&pieces->text, pieces->params, place->span->topic, &read->records[i], &place->first);
    place->left -= count;
    place->offset = read->ret_next;
    if (place->offset < place->span->next_offset)
        return PIECES_SOME;
    if (place->left > 0)
        return PIECES_BROKEN;
    enter_span(pieces, place->span->next);
    return PIECES_SOME;
}

/* The next events as text, which may be none of those that were read. */
static enum pieces_result next_events(struct page_pieces *pieces) {
    if (!pieces->reading && start_read(pieces) == PIECES_WAIT)
        return PIECES_WAIT;
    pieces->reading = false;
    enum pieces_result result = render(pieces);
    storage_read_finish(&pieces->read);
    return result;
}

/* Makes the text of the next piece, and goes behind it. */
static enum pieces_result make_text(struct page_pieces *pieces) {
    if (!pieces->reading)
        pieces->piece_place = pieces->place;
    switch (pieces->place.step) {
    case PAGE_PIECES_BEGIN:
        pieces->place.first = true;
        enter_span(pieces, pieces->page->spans);
        page_text_begin(&pieces->text, pieces->params);
        return PIECES_SOME;
    case PAGE_PIECES_EVENTS: return next_events(pieces);
    case PAGE_PIECES_END:
        pieces->place.step = PAGE_PIECES_SENT;
        page_text_end(&pieces->text, pieces->params, pieces->page);
        return PIECES_SOME;
    case PAGE_PIECES_SENT: break;
    }
    return PIECES_END;
}

static enum pieces_result next(struct pieces *first_member, struct bytes *ret_piece) {
    struct page_pieces *pieces = (struct page_pieces *)first_member;
    const struct buffer *text = &pieces->text;
    for (;;) {
        if (!pieces->reading)
            clear_text(pieces);
        enum pieces_result result = make_text(pieces);
        if (result != PIECES_SOME || text->failed)
            return text->failed ? PIECES_BROKEN : result;

        /* What was sent of it before it was dropped is left out, and that may be all of it. */
        size_t skip = pieces->skip < text->size ? pieces->skip : text->size;
        pieces->skip -= skip;
        *ret_piece = (struct bytes){ buffer_bytes(text).data + skip, text->size - skip };
        if (ret_piece->size > 0)
            return PIECES_SOME;
    }
}

static void drop(struct pieces *first_member, size_t left) {
    struct page_pieces *pieces = (struct page_pieces *)first_member;
    pieces->skip = pieces->text.size - left;
    pieces->place = pieces->piece_place;
    clear_text(pieces);
}

void page_pieces_reply(struct page_pieces *pieces, struct request *request, struct reply *reply) {
    autobuffer struct buffer scratch = { 0 };
    uint64_t bytes = pieces->events_bytes + page_text_frame_bytes(&scratch, pieces->params, pieces->page);
    if (scratch.failed) {
        reply_no_memory(reply);
        return;
    }
    pieces->request = request;
    pieces->share = (struct budget_share){ .budget = request->gateway->budget, .kind = BUDGET_PAGES };
    pieces->pieces = (struct pieces){ .next = next, .drop = drop, .bytes = bytes };
    reply->pieces = &pieces->pieces;
    page_reply_headers(request, reply, pieces->params, pieces->page, bytes);
}

void page_pieces_finish(struct page_pieces *pieces) {
    if (pieces->request != NULL)
        idle_pieces_remove(pieces->request->idle_pieces, &pieces->pieces);
    storage_read_finish(&pieces->read);
    clear_text(pieces);
}
