/* One request and its answer, as libmicrohttpd drives them: the only place besides server.c that knows the library. */
#ifndef TAILRACE_API_HTTP_EXCHANGE_H
#define TAILRACE_API_HTTP_EXCHANGE_H

#include "api/http/connections.h"
#include "api/http/encoding/coder.h"
#include "api/http/guard/callers.h"
#include "api/http/metrics.h"
#include "api/http/piecewise.h"
#include "api/http/request.h"

#include <microhttpd.h>

/* What the exchanges of a server share. */
struct exchanges {
    struct gateway *gateway;
    const struct route_table *routes;
    const struct callers *callers;
    struct connections *connections;
    struct metrics metrics;
    const struct static_files *files; /* NULL: there are none */
    struct documents *documents;
    bool access_log;
    bool forgiving_library;       /* see guard_layout.h */
    atomic_size_t inflight_bytes; /* of bodies held in memory */
    atomic_uint active;           /* requests between their first line and their last byte */
    atomic_uint waiting;          /* of those, suspended until storage answers */
    atomic_uint piecewise;        /* answers that are encoded while they are sent */
    struct hub *hub;              /* for those that begin streams */
    atomic_bool closing;
};

/* A refused body is read to its end all the same, up to so many times the limit on bodies: a client that is still
 * sending when its connection is closed would never see the answer. */
enum { EXCHANGE_DISCARD_FACTOR = 4 };

/* The headers that the server itself goes by; none where one is missing. Read once, when all headers are there, and
 * borrowed from libmicrohttpd until the exchange ends. What only an endpoint or an encoded answer needs is read by them
 * (request_header). */
struct exchange_headers {
    struct bytes host;
    struct bytes origin;
    struct bytes requested_headers; /* Access-Control-Request-Headers, of a preflight */
    struct bytes request_id;
    struct bytes expect;
    struct bytes transfer_encoding;
    struct bytes content_encoding;
    struct bytes content_length;
    uint64_t
        declared_bytes; /* the number in content_length, 0 without one; UINT64_MAX: not a number, or a larger one */
};

/* The stages of an exchange. exchange_step moves it, always on the thread that owns the connection; other threads only
 * say that an operation is done (request_ready), which makes libmicrohttpd call again.
 *
 *     HEADERS ──all there: admitted, or refused with a body to be read──▶ BODY ─┐ a part came: kept, or passed over
 *        │                                                                │ ▲   │
 *        │ refused, and no body may or need be read                       │ └───┘
 *        │                                                         its end│
 *        │                                                                ▼
 *        │                                                             WORKING ──an operation is under way──▶ WAITING
 *        │                                  answer made, or refused before│ ▲                                    │
 *        │                                                                ▼ └───────it is done: resumed──────────┘
 *        └──────────────────────────────────────────────────────────────▶ SENT
 *
 * exchange_finish may come at every stage: the last byte was sent, or the connection has ended. */
enum exchange_stage { EXCHANGE_HEADERS, EXCHANGE_BODY, EXCHANGE_WORKING, EXCHANGE_WAITING, EXCHANGE_SENT };

struct exchange {
    struct request request;
    struct exchanges *shared;
    struct MHD_Connection *connection;
    struct connection *from;
    const char *method; /* as it was sent; in the arena, as the next one */
    const char *target;
    const char *target_at;        /* where libmicrohttpd has it: an address that is never read from */
    struct guard_padding padding; /* what was put in front of libmicrohttpd's own headers */
    struct exchange_headers headers;
    enum exchange_stage stage;
    bool answered;    /* the reply is made already: the body is only read to its end */
    bool handed_over; /* the socket is, or was, that of whoever takes over */
    enum coding body_coding;
    struct coder *decoder;       /* of the body; NULL: none is under way */
    size_t body_received;        /* as they were sent */
    size_t reserved_bytes;       /* of exchanges.inflight_bytes */
    size_t decoder_bytes;        /* of those, what the decoder holds */
    struct piecewise *piecewise; /* the body of the reply, until its response has it; NULL: it is another */
    uint64_t answer_bytes;       /* of the body as it was sent, or of a piecewise one before it was encoded */
    int64_t began_us;
};

/* For each of libmicrohttpd's callbacks. */
struct exchange *exchange_create(struct exchanges *shared, struct MHD_Connection *connection, const char *target);
enum MHD_Result exchange_step(struct exchange *exchange, const char *method, const char *version, const char *upload,
                              size_t *upload_bytes);
void exchange_finish(struct exchange *exchange);

/* Sets exchange->headers. */
void exchange_read_headers(struct exchange *exchange);

/* Checks a request whose headers are there: guard, host, origin, target, route, parameters, body. True: it goes on to
 * its handler. False: the reply says why not. */
bool exchange_admit(struct exchange *exchange, const char *method, const char *version);

/* A part of the body, which is decoded and kept. One that breaks a limit, or is not what its Content-Encoding says, makes
 * the reply: what follows is only read. MHD_NO ends the connection. */
enum MHD_Result exchange_take_body(struct exchange *exchange, const char *part, size_t size);

/* Nothing of it follows. */
void exchange_end_body(struct exchange *exchange);

/* Frees it, and gives back its part of exchanges.inflight_bytes. */
void exchange_drop_body(struct exchange *exchange);

/* Puts the reply into the coding that the client prefers, adds what it depends on (Vary) and its tag; or makes a 304 of
 * it. */
void exchange_encode(struct exchange *exchange);

/* Queues the reply of the exchange. MHD_NO, which ends the connection: there is no memory to say anything. */
enum MHD_Result exchange_send(struct exchange *exchange);

/* The response whose body is sent by whoever takes the socket over; NULL: no memory. */
struct MHD_Response *exchange_takeover_response(struct exchange *exchange);

#endif
