/* The body of a request: decoded piece by piece as it arrives, kept under its limits, and counted. */
#include "api/http/exchange.h"

#include "api/http/route.h"
#include "api/http/sockets/raw_answer.h"

/* Decoded at a time: a body that inflates without end is refused at most this far beyond its limit. */
enum { PIECE_BYTES = 16 * 1024, BODY_FIRST_BYTES = 256 };

static void refuse_large(struct exchange *exchange, bool decoded) {
    reply_problem(&exchange->request.reply, PROBLEM_BODY_TOO_LARGE, "the body is larger than %zu bytes%s",
                  exchange->shared->gateway->limits.body_bytes_max, decoded ? " when it is decoded" : "");
    exchange->answered = true;
}

static void refuse_memory(struct exchange *exchange) {
    reply_problem(&exchange->request.reply, PROBLEM_OVERLOADED, "out of memory for the body; retry later");
    exchange->answered = true;
}

/* Asks the budget for what is about to be allocated. */
static bool share_or_refuse(struct exchange *exchange, struct budget_share *share, size_t bytes) {
    if (budget_share_set(share, bytes))
        return true;
    reply_problem(&exchange->request.reply, PROBLEM_OVERLOADED,
                  "request bodies in progress use all the memory reserved for them; retry later");
    exchange->answered = true;
    return false;
}

static void drop_decoder(struct exchange *exchange) {
    coder_destroy(exchange->decoder);
    exchange->decoder = NULL;
    budget_share_set(&exchange->decoder_share, 0);
}

void exchange_drop_body(struct exchange *exchange) {
    drop_decoder(exchange);
    buffer_finish(&exchange->request.body);
    budget_share_set(&exchange->body_share, 0);
}

/* What the body needs grows as it comes, to the next power of two, whatever length its client has declared. */
static bool make_room(struct exchange *exchange, size_t more, size_t bytes_max) {
    struct buffer *body = &exchange->request.body;
    size_t wanted = body->size + more;
    if (wanted <= body->capacity)
        return true;
    size_t capacity = BODY_FIRST_BYTES;
    while (capacity < wanted)
        capacity *= 2;
    capacity = capacity > bytes_max ? bytes_max : capacity;
    if (!share_or_refuse(exchange, &exchange->body_share, capacity))
        return false;
    if (!buffer_set_capacity(body, capacity))
        refuse_memory(exchange);
    return !exchange->answered;
}

static void keep(struct exchange *exchange, const char *data, size_t size) {
    struct buffer *body = &exchange->request.body;
    size_t max = exchange->shared->gateway->limits.body_bytes_max;
    if (size > max - body->size)
        refuse_large(exchange, exchange->body_coding != CODING_NONE);
    else if (size > 0 && make_room(exchange, size, max))
        buffer_append(body, data, size);
}

/* A decoder keeps up to 8 MiB of its output: that counts as part of the body. */
static void count_decoder(struct exchange *exchange) {
    share_or_refuse(exchange, &exchange->decoder_share, coder_memory_bytes(exchange->decoder));
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
