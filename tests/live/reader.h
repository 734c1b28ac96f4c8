/* One reader: a connection, what is read from it, and what it has got so far over all its connections. */
#ifndef TAILRACE_TESTS_LIVE_READER_H
#define TAILRACE_TESTS_LIVE_READER_H

#include "tests/live/chunks.h"
#include "tests/live/client_options.h"
#include "tests/live/order.h"
#include "tests/live/sse_parser.h"

#include <netinet/in.h>

enum { READER_FAULT_BYTES = 240 };

/* What all readers share. */
struct readers_common {
    const struct client_options *options;
    struct sockaddr_in address;
    struct topic_names names;
    int epoll;
    uint64_t random; /* state of a small generator: cuts must not fall on the ends of events */
    char *chunk;     /* owned: where the bytes of a read go */
    size_t chunk_bytes;
};

enum reader_state {
    READER_CLOSED,   /* not begun, or waits to connect again */
    READER_HEAD,     /* waits for the end of the response's head */
    READER_STREAM,   /* gets the body */
    READER_FINISHED, /* the server closed it, or a 204 ended it */
    READER_FAULTY,
};

struct reader {
    struct readers_common *common;
    enum reader_state state;
    int fd;
    bool opened; /* a first connection has come so far that its position is fixed */
    bool complete;

    struct buffer head;
    struct buffer line; /* of NDJSON: the beginning of a line */
    struct chunks chunks;
    struct sse_parser parser;
    struct order order;

    uint64_t events;
    uint64_t bytes;
    uint64_t gaps;
    uint64_t ends;
    uint64_t cuts;
    uint64_t connections;
    uint64_t next_cut;     /* events at which it is due */
    size_t cut_bytes;      /* that are still read before the cut */
    int64_t opened_ms;     /* of the connection; 0: not yet */
    int64_t connect_at_ms; /* when closed and to be opened */
    int64_t closed_ms;     /* by the server */
    uint64_t paced_bytes;  /* taken since it was opened, when there is a pace */
    int64_t first_event_ms;
    int64_t last_event_ms;
    char fault[READER_FAULT_BYTES]; /* the first; empty: none */
};

void reader_init(struct reader *reader, struct readers_common *common);
void reader_finish(struct reader *reader); /* closes */

/* Connects and sends the request. Failures become the reader's fault. */
void reader_connect(struct reader *reader);

/* The socket has bytes, or was closed by the server. Reads at most one chunk. */
void reader_on_readable(struct reader *reader);

/* Time has passed: connects again when that is due, takes what its pace allows. */
void reader_on_tick(struct reader *reader, int64_t now_ms);

#endif
