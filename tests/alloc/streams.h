/* A live stream as a client keeps it: it reads, and when the connection ends it comes again with its last position. */
#ifndef TAILRACE_TESTS_ALLOC_STREAMS_H
#define TAILRACE_TESTS_ALLOC_STREAMS_H

#include "tests/alloc/ledger.h"
#include "tests/live/chunks.h"
#include "tests/live/sse_parser.h"

struct stream {
    struct run *run;
    struct reading reading;
    int fd; /* -1: not connected */
    bool lines;
    struct chunks chunks;
    struct sse_parser parser;
    bool gap;   /* it had an event: the topic is gone */
    bool ended; /* and that nothing follows */
    bool failed;

    struct buffer line;         /* of lines: what has no end yet */
    struct buffer position;     /* the last that was given, */
    struct reading at_position; /* and what had been read by then: a connection that ends goes back there */
};

/* Opens a stream of a log from its beginning. `lines`: application/x-ndjson instead of text/event-stream. */
bool stream_open(struct stream *stream, struct run *run, const struct ledger *ledger, bool lines);

/* Reads until everything that is in the log has come. */
bool stream_catch_up(struct stream *stream);

/* Reads until it ends, because its topic was deleted. */
bool stream_read_to_end(struct stream *stream);

void stream_close(struct stream *stream);

#endif
