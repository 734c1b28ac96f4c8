/* Control documents. */
#include "api/control_document.h"

json_t *control_document_new(struct request *request, struct reply *reply) {
    struct bytes body = buffer_bytes(&request->body);
    if (body.size == 0)
        return json_object();
    if (body.size > CONTROL_DOCUMENT_BYTES_MAX) {
        reply_problem(reply, PROBLEM_BODY_TOO_LARGE, "this document may have at most %d bytes",
                      CONTROL_DOCUMENT_BYTES_MAX);
        return NULL;
    }
    json_error_t error;
    json_t *document = json_loadb(body.data, body.size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL,
                                  &error);
    if (document == NULL) {
        reply_problem(reply, PROBLEM_INVALID_JSON, "at byte %d: %s", error.position,
                      reply_quote(reply, bytes_text(error.text)));
        return NULL;
    }
    if (!json_is_object(document)) {
        json_decref(document);
        reply_problem(reply, PROBLEM_BAD_REQUEST, "the body is not a JSON object");
        return NULL;
    }
    return document;
}
