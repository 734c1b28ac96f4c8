/* What a server counts of itself, for GET /metrics. Counting is one relaxed addition; any thread. Labels are bounded: a
 * route of the table, a method and a status that we know, a reason of ours; never what a client sent. */
#ifndef TAILRACE_API_HTTP_METRICS_H
#define TAILRACE_API_HTTP_METRICS_H

#include "api/http/encoding/coding.h"
#include "api/http/route.h"

struct log;

/* Why the server ended a stream. */
enum metrics_cut {
    METRICS_CUT_SLOW_NONE, /* its socket took nothing for too long */
    METRICS_CUT_SLOW_RATE, /* it took too little for too long */
    METRICS_CUT_MEMORY,    /* unsent text of all streams passed its limit, and this one was the slowest */
    METRICS_CUT_STOPPING,  /* the server stops */
    METRICS_CUT_ERROR,     /* reading its events, or making their text, failed */
};

enum {
    METRICS_CUTS = METRICS_CUT_ERROR + 1,
    METRICS_STATUSES = 32, /* those of STATUSES in metrics.c; the last one counts all others */
    METRICS_METHODS = 7,   /* of requests without a route: those of enum method, and any other */
    METRICS_ROWS = ROUTES_MAX + METRICS_METHODS,
};

/* Zeroed, but for what is borrowed. */
struct metrics {
    const struct route_table *routes; /* borrowed: the labels of requests */
    const struct log *log;            /* borrowed: counts its dropped lines itself */
    atomic_uint_least64_t requests[METRICS_ROWS][METRICS_STATUSES];
    atomic_uint_least64_t connections_opened;
    atomic_uint_least64_t connections_closed;
    atomic_uint_least64_t events_in;
    atomic_uint_least64_t bytes_in;
    atomic_uint_least64_t events_out;
    atomic_uint_least64_t bytes_out;
    atomic_uint_least64_t decoded[CODINGS]; /* bodies of requests; none for CODING_NONE, as the next */
    atomic_uint_least64_t encoded[CODINGS]; /* answers */
    atomic_uint_least64_t streams_opened;
    atomic_uint_least64_t streams_closed;
    atomic_uint_least64_t slowest_lag;
    atomic_uint_least64_t cuts[METRICS_CUTS];
};

void metrics_connection_opened(struct metrics *metrics);
void metrics_connection_closed(struct metrics *metrics);

/* A request was answered. `route` NULL: none was found, or none was looked for. */
void metrics_request(struct metrics *metrics, const struct route *route, unsigned method, unsigned http_status);

/* Events that were written, and the bytes of the decoded body that brought them. */
void metrics_events_in(struct metrics *metrics, uint64_t events, uint64_t body_bytes);

/* A body that was decoded completely; an answer that is sent encoded. Not for CODING_NONE. */
void metrics_decoded(struct metrics *metrics, enum coding coding);
void metrics_encoded(struct metrics *metrics, enum coding coding);

/* Events that were sent, and the bytes of their text before encoding: in pages, and for each reader of a stream. */
void metrics_events_out(struct metrics *metrics, uint64_t events, uint64_t text_bytes);

void metrics_stream_opened(struct metrics *metrics);
void metrics_stream_closed(struct metrics *metrics); /* for whatever reason */
void metrics_cut(struct metrics *metrics, enum metrics_cut reason);

/* Bytes of text that the slowest stream has not received yet; 0: none waits. The hub sets it again and again. */
void metrics_slowest_lag(struct metrics *metrics, uint64_t bytes);

/* Appends all of it, and what gateway and storage count, in the text format of Prometheus, version 0.0.4. */
void metrics_write(const struct metrics *metrics, struct gateway *gateway, struct buffer *text);

#endif
