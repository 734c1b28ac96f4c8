/* A parser of text/event-stream as the HTML standard has it (9.2.6), fed with bytes as they come. What the standard
 * passes over in silence, and our server has no reason to send, is counted as an oddity. */
#ifndef TAILRACE_TESTS_LIVE_SSE_PARSER_H
#define TAILRACE_TESTS_LIVE_SSE_PARSER_H

#include "base/buffer.h"

struct sse_event {
    struct bytes type; /* empty: `message` */
    struct bytes data;
    struct bytes id; /* the last event id once this event is dispatched */
};

struct sse_parser {
    /* Called for each event; what it is given lives until it returns. False: what is left of the bytes is dropped. */
    bool (*on_event)(void *context, const struct sse_event *event);
    void *context;

    /* What has come so far. */
    uint64_t comments;
    uint64_t ids_alone;
    uint64_t retries;
    uint64_t oddities; /* BOM, CR, unknown fields, ids with NUL, retries that are no number */
    int64_t retry_ms;  /* of the last retry */
    struct buffer id;  /* the last event id, as the standard has it */

    /* Where a client goes on that also heeds an id between two events, behind which no empty line stands. */
    struct buffer position;
    bool failed; /* memory ran out */

    /* Internal. */
    struct buffer line; /* the beginning of a line whose end has not come */
    struct buffer data;
    struct buffer type;
    struct buffer next_id; /* becomes `id` at the next empty line */
    bool has_id;           /* there was an id field since the last empty line */
    bool after_cr;         /* an LF now would belong to the line end before */
    bool begun;            /* the first line is through: no BOM any more */
};

/* Zero-initialise the parser and set its callback before. False: the callback said so. */
bool sse_parser_feed(struct sse_parser *parser, struct bytes bytes);

/* A new connection begins: keeps the last event id and the counts, forgets what was half read. */
void sse_parser_restart(struct sse_parser *parser);

void sse_parser_finish(struct sse_parser *parser);
#define autoparser __attribute__((cleanup(sse_parser_finish)))

#endif
