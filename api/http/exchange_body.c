/* The body of a request: decoded piece by piece as it arrives, kept under its limits, and counted. */
#include "api/http/exchange.h"

#include "api/http/route.h"
#include "api/http/sockets/raw_answer.h"

/* Decoded at a time: a body that inflates without end is refused at most this far beyond its limit. */
enum { PIECE_BYTES = 16 * 1024 };

static void refuse_large(struct exchange *exchange, bool decoded) {
    reply_problem(&exchange->request.reply, PROBLEM_BODY_TOO_LARGE, "the body is larger than %zu bytes%s",
                  exchange->shared->gateway->limits.body_bytes_max, decoded ? " when it is decoded" : "");
    exchange->answered = true;
}

static void refuse_memory(struct exchange *exchange) {
    reply_problem(&exchange->request.reply, PROBLEM_OVERLOADED, "out of memory for the body; retry later");
    exchange->answered = true;
}

static void reserve_or_refuse(struct exchange *exchange, size_t more) {
    struct exchanges *shared = exchange->shared;
    size_t max = shared->gateway->limits.inflight_bytes_max;
    size_t before = atomic_fetch_add(&shared->inflight_bytes, more);
    exchange->reserved_bytes += more;
    if (more > max || before > max - more) {
        reply_problem(&exchange->request.reply, PROBLEM_OVERLOADED,
                      "request bodies in progress use all the memory reserved for them; retry later");
        exchange->answered = true;
    }
}

static void give_back(struct exchange *exchange, size_t bytes) {
    atomic_fetch_sub(&exchange->shared->inflight_bytes, bytes);
    exchange->reserved_bytes -= bytes;
}

static void drop_decoder(struct exchange *exchange) {
    coder_destroy(exchange->decoder);
    exchange->decoder = NULL;
    give_back(exchange, exchange->decoder_bytes);
    exchange->decoder_bytes = 0;
}

void exchange_drop_body(struct exchange *exchange) {
    drop_decoder(exchange);
    buffer_finish(&exchange->request.body);
    give_back(exchange, exchange->reserved_bytes);
}

static void keep(struct exchange *exchange, const char *data, size_t size) {
    struct buffer *body = &exchange->request.body;
    if (size > exchange->shared->gateway->limits.body_bytes_max - body->size) {
        refuse_large(exchange, exchange->body_coding != CODING_NONE);
        return;
    }
    reserve_or_refuse(exchange, size);
    if (exchange->answered)
        return;
    buffer_append(body, data, size);
    if (body->failed)
        refuse_memory(exchange);
}

/* A decoder keeps up to 8 MiB of its output: that counts as part of the body. */
static void count_decoder(struct exchange *exchange) {
    size_t bytes = coder_memory_bytes(exchange->decoder);
    if (bytes <= exchange->decoder_bytes)
        return;
    reserve_or_refuse(exchange, bytes - exchange->decoder_bytes);
    exchange->decoder_bytes = bytes;
}

static void decode(struct exchange *exchange, struct bytes part, bool last) {
    if (exchange->decoder == NULL)
        exchange->decoder = coder_decoder_create(exchange->body_coding);
    enum coder_result result = exchange->decoder != NULL ? CODER_FULL : CODER_NO_MEMORY;
    while (result == CODER_FULL && !exchange->answered) {
        char piece[PIECE_BYTES];
        size_t made;
        result = coder_run(exchange->decoder, &part, last, piece, sizeof piece, &made);
        count_decoder(exchange);
        if (!exchange->answered)
            keep(exchange, piece, made);
    }
    if (exchange->answered)
        return;

    if (result == CODER_NO_MEMORY) {
        refuse_memory(exchange);
    } else if (result == CODER_INVALID) {
        reply_problem(&exchange->request.reply, PROBLEM_INVALID_ENCODING, "the body is not valid %s: %s",
                      coding_name(exchange->body_coding), coder_fault(exchange->decoder));
        exchange->answered = true;
    }
}

enum MHD_Result exchange_take_body(struct exchange *exchange, const char *part, size_t size) {
    size_t max = exchange->shared->gateway->limits.body_bytes_max;
    exchange->body_received += size;
    if (!exchange->answered && exchange->body_received > max)
        refuse_large(exchange, false);
    if (!exchange->answered && exchange->request.route->body != BODY_IGNORED) {
        if (exchange->body_coding == CODING_NONE)
            keep(exchange, part, size);
        else
            decode(exchange, (struct bytes){ part, size }, false);
    }
    if (!exchange->answered)
        return MHD_YES;

    exchange_drop_body(exchange);
    if (exchange->body_received / EXCHANGE_DISCARD_FACTOR > max) {
        raw_answer(exchange->from->fd, exchange->shared->callers, &exchange->from->seen, PROBLEM_BODY_TOO_LARGE,
                   "the body is far larger than the limit");
        return MHD_NO;
    }
    return MHD_YES;
}

void exchange_end_body(struct exchange *exchange) {
    const struct exchange_headers *headers = &exchange->headers;
    bool has_body = bytes_present(headers->content_length) || bytes_present(headers->transfer_encoding);
    if (exchange->answered || exchange->body_coding == CODING_NONE || !has_body)
        return;

    decode(exchange, (struct bytes){ "", 0 }, true);
    drop_decoder(exchange);
    if (exchange->answered)
        exchange_drop_body(exchange);
    else
        metrics_decoded(&exchange->shared->metrics, exchange->body_coding);
}
