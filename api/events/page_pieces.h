/* Large pages: found first, measured, and forgotten; then read again and sent piece by piece as the client takes them. One whose
 * client takes nothing costs a piece.
 *
 *     MEASURING   page_pieces_measure, for each part that the page has found, and once for its end
 *         v       page_pieces_reply
 *     SENDING     what begins the page, the spans of events, what ends it
 *         v
 *     (the answer is sent, or broken: events of it are gone, or cannot be read now)
 */
#ifndef TAILRACE_API_EVENTS_PAGE_PIECES_H
#define TAILRACE_API_EVENTS_PAGE_PIECES_H

#include "api/events/page_request.h"
#include "api/http/pieces.h"
#include "api/http/request.h"

/* What a page may keep in memory. One that asks for no more bytes than is usual is never sent in pieces; one that asks for more is
 * soon, so that many who come together do not each read much before they wait for their turn. */
size_t page_kept_bytes_max(const struct page_query *query);

/* Where sending stands. */
struct page_place {
    enum { PAGE_PIECES_BEGIN, PAGE_PIECES_EVENTS, PAGE_PIECES_END, PAGE_PIECES_SENT } step;
    const struct page_span *span; /* of EVENTS, as all that follows */
    uint64_t offset;
    size_t left; /* events of the span from here on */
    bool first;  /* no event of the page comes before it */
};

/* In the state of the request, zeroed; the page lies beside it. */
struct page_pieces {
    struct pieces pieces; /* begins it, so that those of the reply lead to the rest */
    struct request *request;
    const struct page_request *params;
    const struct page *page;
    bool measured_any; /* events */
    uint64_t events_bytes;

    struct page_place place;
    struct page_place piece_place; /* where the piece begins that was given last */
    size_t skip;                   /* of the next piece: sent before it was dropped */
    int64_t give_up_ms;            /* when what has no memory is given up; 0: it has */
    bool reading;
    struct storage_read read;
    struct buffer text;
    struct budget_share share; /* the capacity of text */
};

/* Measures the chunks of the page, and makes spans of them. False: the page cannot be sent, and the reply says why. */
bool page_pieces_measure(struct page_pieces *pieces, struct reply *reply, const struct page_request *params,
                         struct page *page);

/* The page is made, and measured to its end: its headers, and its body in pieces. */
void page_pieces_reply(struct page_pieces *pieces, struct request *request, struct reply *reply);

/* Not while it reads. Fine when zeroed, with an answer that was never begun. */
void page_pieces_finish(struct page_pieces *pieces);

#endif
