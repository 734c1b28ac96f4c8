/* What a producer requests. */
#include "api/events/append_request.h"

#include "api/events/event_params.h"
#include "api/http/given_time.h"
#include "api/http/media_type.h"
#include "api/topics/names.h"
#include "api/topics/settings_json.h"
#include "gateway/settings.h"

/* Parts of the API that are not built yet are refused, never ignored. */
static bool refuse_unsupported(const struct request *request, struct reply *reply) {
    static const char *const headers[] = { "Producer-Id", "Producer-Epoch", "Producer-Seq", "Idempotency-Key" };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (bytes_present(request_header(request, headers[i]))) {
            reply_problem(reply, PROBLEM_NOT_SUPPORTED, "header %s is not supported yet; leave it out", headers[i]);
            return false;
        }
    }
    if (bytes_present(request_query(request, "expected_offset"))) {
        reply_problem(reply, PROBLEM_NOT_SUPPORTED, "parameter expected_offset is not supported yet; leave it out");
        return false;
    }
    return true;
}

static bool read_ack(const struct request *request, struct reply *reply, struct append_request *append) {
    struct bytes text = request_query(request, "ack");
    append->has_ack = bytes_present(text);
    if (!append->has_ack)
        return true;
    if (!settings_ack_parse(text, &append->ack)) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "ack=%s: expected none, os, disk or replicated",
                      reply_quote(reply, text));
        return false;
    }
    return ack_supported(request->gateway->storage, append->ack, reply);
}

static bool read_defaults(const struct request *request, struct reply *reply, struct append_request *append) {
    uint64_t partition = UINT64_MAX;
    struct publish_event *defaults = &append->defaults;
    *defaults = (struct publish_event){ .timestamp_ms = STORAGE_TIME_NONE, .partition = PUBLISH_ANY_PARTITION };
    if (!event_key_read(request, reply, &defaults->key) ||
        !given_time_read(request, "timestamp", &defaults->timestamp_ms, reply) ||
        !request_query_number(request, "partition", 0, STORAGE_PARTITIONS_MAX - 1, &partition, reply))
        return false;

    if (partition != UINT64_MAX)
        defaults->partition = (int64_t)partition;
    return request_query_bool(request, "partial", &append->partial, reply);
}

/* A body of a form that is not built is refused here, before it is read as JSON. */
static bool refuse_media(const struct request *request, struct reply *reply, enum media_kind kind) {
    if (kind == MEDIA_CLOUD_EVENTS || bytes_present(request_header(request, "ce-specversion"))) {
        reply_problem(reply, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                      "CloudEvents are not supported yet; send the event itself as application/json, or several, one "
                      "per line, as application/x-ndjson");
        return false;
    }
    if (kind == MEDIA_MULTIPART) {
        reply_problem(reply, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                      "multipart bodies are not supported; send one event as application/json, or several, one per "
                      "line, as application/x-ndjson");
        return false;
    }
    return true;
}

static bool read_form(const struct request *request, struct reply *reply, struct append_request *append) {
    struct bytes format = request_query(request, "format");
    enum media_kind kind = media_kind_of(request_header(request, "Content-Type"));
    if (!refuse_media(request, reply, kind))
        return false;

    if (kind == MEDIA_NDJSON)
        append->form = BODY_FORM_NDJSON;
    else if (kind == MEDIA_ENVELOPES)
        append->form = BODY_FORM_ENVELOPES;
    if (!bytes_present(format))
        return true;

    if (!bytes_equal(format, BYTES_LITERAL("ndjson"))) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "format=%s: expected ndjson", reply_quote(reply, format));
        return false;
    }
    append->form = BODY_FORM_NDJSON;
    return true;
}

bool append_request_read(const struct request *request, struct reply *reply, struct append_request *ret_append) {
    struct append_request append = { .topic = request_path_param(request, "topic") };
    if (!name_valid(append.topic, reply) || !refuse_unsupported(request, reply) || !read_ack(request, reply, &append) ||
        !read_defaults(request, reply, &append) || !read_form(request, reply, &append))
        return false;

    *ret_append = append;
    return true;
}
