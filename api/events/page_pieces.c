/* Large pages in pieces. */
#include "api/events/page_pieces.h"

#include "api/events/page_reply.h"
#include "api/events/page_text.h"

enum { PIECE_EVENTS = 1000, PIECE_BYTES = 128 * 1024 };

/* ---- measuring ---- */

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
    if (begins && budget_is_tight(page->gateway->budget, BUDGET_PAGES)) {
        reply_problem(reply, PROBLEM_OVERLOADED, REPLY_MEMORY_USED);
        return false;
    }
    return true;
}

/* ---- sending ---- */

static void enter_span(struct page_pieces *pieces, const struct page_span *span) {
    struct page_place *place = &pieces->place;
    place->span = span;
    if (span == NULL) {
        pieces->step = PAGE_PIECES_END;
        return;
    }
    place->offset = span->offset;
    place->left = span->event_count;
}

static void clear_text(struct page_pieces *pieces) {
    buffer_finish(&pieces->text);
    budget_share_set(&pieces->share, 0);
    pieces->droppable = false;
}

static enum pieces_result give(struct page_pieces *pieces, size_t skip, struct bytes *ret_piece) {
    if (pieces->text.failed)
        return PIECES_BROKEN;
    struct bytes text = buffer_bytes(&pieces->text);
    *ret_piece = (struct bytes){ text.data + skip, text.size - skip };
    return PIECES_SOME;
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

/* Makes text of what was read, and goes behind it. False: it is not what was measured, or there is no memory. */
static bool render(struct page_pieces *pieces) {
    struct page_place *place = &pieces->place;
    const struct storage_read *read = &pieces->read;
    if (read->op.status != STATUS_OK || read->ret_next <= place->offset)
        return false; /* deleted, expired, or not readable now */
    size_t count = choose(pieces);
    if (count > place->left || !reserve(pieces, count))
        return false;

    pieces->piece_place = *place;
    for (size_t i = 0; i < count; i++)
        page_text_event(&pieces->text, pieces->params, place->span->topic, &read->records[i], &place->first);
    place->left -= count;
    place->offset = read->ret_next;
    if (place->offset < place->span->next_offset)
        return true;
    if (place->left > 0)
        return false;
    enter_span(pieces, place->span->next);
    return true;
}

/* The next text of events. What was sent of it before it was dropped is skipped, and all of it may be. */
static enum pieces_result next_events(struct page_pieces *pieces, struct bytes *ret_piece) {
    while (pieces->step == PAGE_PIECES_EVENTS) {
        if (!pieces->reading && start_read(pieces) == PIECES_WAIT)
            return PIECES_WAIT;
        pieces->reading = false;
        bool good = render(pieces);
        storage_read_finish(&pieces->read);
        if (!good)
            return PIECES_BROKEN;

        size_t skip = pieces->skip < pieces->text.size ? pieces->skip : pieces->text.size;
        pieces->skip -= skip;
        pieces->droppable = true;
        if (skip < pieces->text.size)
            return give(pieces, skip, ret_piece);
        clear_text(pieces);
    }
    return PIECES_END;
}

static enum pieces_result next(struct pieces *first_member, struct bytes *ret_piece) {
    struct page_pieces *pieces = (struct page_pieces *)first_member;
    if (!pieces->reading)
        clear_text(pieces);
    if (pieces->step == PAGE_PIECES_BEGIN) {
        pieces->step = PAGE_PIECES_EVENTS;
        pieces->place.first = true;
        enter_span(pieces, pieces->page->spans);
        page_text_begin(&pieces->text, pieces->params);
        if (pieces->text.size > 0 || pieces->text.failed)
            return give(pieces, 0, ret_piece);
    }
    if (pieces->step == PAGE_PIECES_EVENTS) {
        enum pieces_result result = next_events(pieces, ret_piece);
        if (result != PIECES_END)
            return result;
    }
    if (pieces->step == PAGE_PIECES_END) {
        pieces->step = PAGE_PIECES_SENT;
        page_text_end(&pieces->text, pieces->params, pieces->page);
        if (pieces->text.size > 0 || pieces->text.failed)
            return give(pieces, 0, ret_piece);
    }
    return PIECES_END;
}

static bool drop(struct pieces *first_member, size_t left) {
    struct page_pieces *pieces = (struct page_pieces *)first_member;
    if (!pieces->droppable)
        return false;
    pieces->skip = pieces->text.size - left;
    pieces->place = pieces->piece_place;
    pieces->step = PAGE_PIECES_EVENTS;
    clear_text(pieces);
    return true;
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
    storage_read_finish(&pieces->read);
    clear_text(pieces);
}
