/* One request and its answer, as libmicrohttpd drives them: the only place besides server.c that knows the library. */
#ifndef TAILRACE_API_HTTP_EXCHANGE_H
#define TAILRACE_API_HTTP_EXCHANGE_H

#include "api/http/break_off.h"
#include "api/http/encoding/coder.h"
#include "api/http/guard/callers.h"
#include "api/http/metrics.h"
#include "api/http/pieces.h"
#include "api/http/piecewise.h"
#include "api/http/request.h"
#include "api/http/sockets/connections.h"
#include "base/turns.h"

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
    struct log *log;
    bool access_log;
    bool forgiving_library; /* see guard_layout.h */
    atomic_uint active;     /* requests between their first line and their last byte */
    atomic_uint waiting;    /* of those, suspended until storage answers */
    struct idle_pieces idle_pieces;
    struct turns page_turns; /* of large pages that are measured */
    struct hub *hub;         /* for those that begin streams */
    atomic_bool closing;
};

/* A refused body is still read, up to this many times the limit on bodies: a client that is sending when its connection is
 * closed would never see the answer. */
enum { EXCHANGE_DISCARD_FACTOR = 4 };

/* The headers that the server itself acts on; none where one is missing. Found once, when all headers are there, and
 * borrowed from libmicrohttpd until the exchange ends. Others are found by request_header. */
struct exchange_headers {
    struct bytes host;
    struct bytes origin;
    struct bytes requested_headers; /* Access-Control-Request-Headers, of a preflight */
    struct bytes request_id;
    struct bytes expect;
    struct bytes transfer_encoding;
    struct bytes content_encoding;
    struct bytes content_length;
    uint64_t declared_bytes; /* content_length as a number, 0 without one; UINT64_MAX: it is none, or does not fit */
};

/* The stages of an exchange. Only exchange_step moves it, always on the thread that owns the connection: other threads
 * say that an operation is done (request_ready), which makes libmicrohttpd call again.
 *
 *     HEADERS  all headers are there
 *        -> BODY     admitted, or refused while a body is still to be read
 *        -> SENT     refused, and no body may or need be read
 *     BODY     each part of the body is kept, or skipped after a refusal
 *        -> WORKING  the body is complete
 *     WORKING  the handler runs, unless the answer is there already
 *        -> WAITING  it waits for an operation: the connection is suspended
 *        -> SENT     the answer is complete
 *     WAITING
 *        -> WORKING  the operation is done: the connection was resumed
 *     SENT     libmicrohttpd sends the answer, or its headers alone when somebody else takes the socket over
 *
 * exchange_finish may come at any stage: when the last byte was sent, or when the connection has ended. */
enum exchange_stage { EXCHANGE_HEADERS, EXCHANGE_BODY, EXCHANGE_WORKING, EXCHANGE_WAITING, EXCHANGE_SENT };

struct exchange {
    struct request request;
    struct exchanges *shared;
    struct MHD_Connection *connection;
    struct connection *from;
    const char *method; /* as it was sent; in the arena, as the next one */
    const char *target;
    const char *target_at;        /* where libmicrohttpd has it: an address that is never read from */
    struct guard_padding padding; /* what was put in front of the headers that libmicrohttpd read */
    struct exchange_headers headers;
    enum exchange_stage stage;
    bool answered; /* the reply is complete: the body is read, but not kept */
    bool chunked;  /* the client knows the chunked coding: its version is HTTP/1.1 */
    enum coding body_coding;
    struct coder *decoder;             /* of the body; NULL: not decoding */
    size_t body_received;              /* before decoding */
    struct budget_share body_share;    /* the capacity of request.body */
    struct budget_share decoder_share; /* what the decoder holds */
    struct break_off break_off;
    struct piecewise *piecewise; /* the body of the reply, until the response owns it; may be NULL */
    uint64_t answer_bytes;       /* of the body as sent; of a piecewise one before encoding */
    int64_t began_us;
};

/* For each of libmicrohttpd's callbacks. */
struct exchange *exchange_create(struct exchanges *shared, struct MHD_Connection *connection, const char *target);
enum MHD_Result exchange_step(struct exchange *exchange, const char *method, const char *version, const char *upload,
                              size_t *upload_bytes);
void exchange_finish(struct exchange *exchange);

/* Sets exchange->headers and the headers of the request. False: no memory, and there are none. */
bool exchange_read_headers(struct exchange *exchange);

/* Checks a request whose headers are there: guard, host, origin, target, route, parameters, body. True: it goes on to
 * its handler. False: the reply says why not. */
bool exchange_admit(struct exchange *exchange, const char *method, const char *version);

/* Decodes and keeps a part of the body. If it breaks a limit or does not match its Content-Encoding, the reply says so,
 * and the rest of the body is skipped. MHD_NO ends the connection. */
enum MHD_Result exchange_take_body(struct exchange *exchange, const char *part, size_t size);

/* The body is complete. */
void exchange_end_body(struct exchange *exchange);

/* Frees the body and gives back its share of the budget. */
void exchange_drop_body(struct exchange *exchange);

/* Puts the reply into the coding that the client prefers, adds what it depends on (Vary) and its tag; or makes a 304 of
 * it. */
void exchange_encode(struct exchange *exchange);

/* Queues the reply of the exchange. MHD_NO ends the connection: there is no memory for any answer. */
enum MHD_Result exchange_send(struct exchange *exchange);

/* The response whose body is sent by the takeover of the reply, and the one that breaks off behind its body; NULL: no
 * memory. */
struct MHD_Response *exchange_takeover_response(struct exchange *exchange);
struct MHD_Response *exchange_unfinished_response(struct exchange *exchange);

#endif
