/* Answers to appends. */
#include "api/events/append_reply.h"

#include "gateway/json/json.h"

static void append_errors(const struct event_errors *errors, struct buffer *json) {
    size_t listed = errors->count < LIMIT_ERRORS_LISTED ? errors->count : LIMIT_ERRORS_LISTED;
    buffer_append_text(json, "\"errors\":[");
    for (size_t i = 0; i < listed; i++) {
        const struct event_error *error = &errors->listed[i];
        buffer_printf(json, "%s{\"index\":%zu,\"message\":", i > 0 ? "," : "", error->index);
        json_append_string(json, bytes_text(error->message));
        buffer_printf(json, ",\"position\":%zu}", error->position);
    }
    buffer_printf(json, "],\"error_count\":%zu", errors->count);
}

void append_reply_errors(struct reply *reply, enum problem_code code, const struct event_errors *errors) {
    const struct event_error *first = &errors->listed[0];
    autobuffer struct buffer more = { 0 };
    append_errors(errors, &more);
    reply_problem_with(reply, code, &more, "event %zu, byte %zu: %s%s", first->index, first->position, first->message,
                       errors->count > 1 ? " (and more)" : "");
}

static void append_extents(const struct storage_append *append, struct buffer *json) {
    buffer_append_text(json, ",\"partitions\":[");
    for (size_t i = 0; i < append->ret_extent_count; i++) {
        const struct storage_extent *extent = &append->extents[i];
        buffer_printf(json, "%s{\"partition\":%u,\"first_offset\":%llu,\"count\":%u}", i > 0 ? "," : "",
                      extent->partition, (unsigned long long)extent->first_offset, extent->count);
    }
    buffer_append_u8(json, ']');
}

void append_reply_written(struct reply *reply, const struct storage_append *append, const struct event_errors *errors) {
    struct buffer *body = &reply->body;
    bool unconfirmed = append->ret_ack == STORAGE_ACK_NONE && append->record_count > 0;
    buffer_clear(body);
    buffer_printf(body, "{\"ack\":\"%s\",\"count\":%zu", storage_ack_name(append->ret_ack), append->record_count);
    if (!unconfirmed)
        append_extents(append, body);
    if (errors->count > 0) {
        buffer_append_u8(body, ',');
        append_errors(errors, body);
    }
    buffer_append_text(body, "}\n");
    reply->http_status = unconfirmed ? 202 : 200;
    reply->content_type = "application/json";
}

void append_reply_body(struct reply *reply, enum body_result result, const struct body_events *events) {
    const struct event_errors *errors = &events->errors;
    const char *named = errors->count > 0 ? errors->listed[0].message : "";
    switch (result) {
    case BODY_GOOD: break;
    case BODY_EMPTY:
        reply_problem(reply, PROBLEM_EMPTY_BODY, "no event in the body; send a JSON value, an array, or lines of JSON");
        break;
    case BODY_BROKEN: append_reply_errors(reply, PROBLEM_INVALID_JSON, errors); break;
    case BODY_UNKNOWN_MEMBER:
        reply_problem(reply, PROBLEM_UNKNOWN_MEMBER, "unknown member %s in the envelope",
                      reply_quote(reply, bytes_text(named)));
        break;
    case BODY_NOT_SUPPORTED:
        reply_problem(reply, PROBLEM_NOT_SUPPORTED, "event member %s is not supported yet; leave it out", named);
        break;
    case BODY_TOO_MANY_EVENTS:
        reply_problem(reply, PROBLEM_TOO_MANY_EVENTS, "a request can contain at most %zu events; send several requests",
                      events->count_max);
        break;
    case BODY_NO_MEMORY:
        reply_problem(reply, PROBLEM_OVERLOADED,
                      "the events of requests in progress use all the memory reserved for them; retry later");
        break;
    }
}
