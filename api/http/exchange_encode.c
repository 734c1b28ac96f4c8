/* The content coding of an answer: which one, with which tag, and whether before or while it is sent. */
#include "api/http/exchange.h"

#include "api/http/encoding/accept_encoding.h"
#include "api/http/encoding/carried.h"
#include "api/http/encoding/entity_tag.h"

/* A body up to this size is encoded before it is sent, which takes about 10 ms with zstd and 30 ms with gzip; a larger one,
 * or a file, is encoded while it is sent. */
enum { WHOLE_BYTES_MAX = 4 << 20 };

static bool encode_body(struct reply *reply) {
    autobuffer struct buffer encoded = { 0 };
    if (!coder_encode(reply->coding, CODER_FAST, buffer_bytes(&reply->body), &encoded))
        return false;
    buffer_move(&reply->body, &encoded);
    return true;
}

/* False: not possible now, and the answer is sent without a coding. */
static bool encode(struct exchange *exchange) {
    struct reply *reply = &exchange->request.reply;
    if (reply->carried != NULL)
        return bytes_present(carried_in(reply->carried, reply->coding));
    if (!reply->has_file && reply->pieces == NULL && reply->body.size <= WHOLE_BYTES_MAX)
        return encode_body(reply);
    exchange->piecewise = piecewise_create(&exchange->request, &exchange->shared->waiting);
    return exchange->piecewise != NULL;
}

static enum coding choose(struct exchange *exchange) {
    struct bytes list = BYTES_NONE;
    if (request_header_list(&exchange->request, "Accept-Encoding", &list) != STATUS_OK)
        return CODING_NONE;
    return accept_encoding_choose(list);
}

/* Makes a 304 if the client already has the answer (RFC 9110 13.1.2) in the coding that it would get now. */
static bool is_known(struct exchange *exchange) {
    struct request *request = &exchange->request;
    struct reply *reply = &request->reply;
    struct bytes known = BYTES_NONE;
    if (request->method != METHOD_GET || reply->http_status != 200 ||
        request_header_list(request, "If-None-Match", &known) != STATUS_OK)
        return false;
    const char *tag = entity_tag_of_coding(reply->arena, reply->tag, reply->coding);
    if (tag == NULL || !entity_tag_listed(known, tag))
        return false;

    reply_empty(reply, 304);
    reply_header(reply, "ETag", tag);
    reply->coding = CODING_NONE;
    return true;
}

void exchange_encode(struct exchange *exchange) {
    struct reply *reply = &exchange->request.reply;
    bool pays = reply->takeover == NULL && reply->content_type != NULL &&
                coding_pays(reply->content_type, reply_body_bytes(reply));
    if (pays) {
        reply_vary(reply, "Accept-Encoding");
        reply->coding = choose(exchange);
    }
    if (reply->tag != NULL && is_known(exchange))
        return;

    if (reply->coding != CODING_NONE && !encode(exchange))
        reply->coding = CODING_NONE;
    if (reply->coding != CODING_NONE)
        metrics_encoded(&exchange->shared->metrics, reply->coding);
    if (reply->tag != NULL)
        reply_header(reply, "ETag", entity_tag_of_coding(reply->arena, reply->tag, reply->coding));
}
