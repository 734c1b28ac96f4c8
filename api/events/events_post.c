/* POST /topics/{topic}/events */
#include "api/endpoints.h"
#include "api/events/body.h"
#include "api/http/given_time.h"
#include "api/http/media_type.h"
#include "api/http/metrics.h"
#include "api/topics/names.h"
#include "gateway/json/json.h"
#include "gateway/settings.h"
#include "gateway/topics.h"

#include <stdlib.h>

struct posting {
    union { /* whichever is under way */
        struct publish publish;
        struct topic_creation creation;
    };
    struct storage_topic *topic; /* a reference, once it is known */
    struct storage_settings settings;
    struct publish_event defaults;
    struct body_events events;
    enum storage_ack ack;
    bool has_ack;
    bool partial;
    enum body_form form;
};

static void release(void *state) {
    struct posting *posting = state;
    body_events_finish(&posting->events);
    storage_topic_unref(posting->topic);
}

/* ---- what the request says beside its body ---- */

/* What api.md gives a meaning that is not built yet is refused, never ignored. */
static bool refuse_later_parts(const struct request *request, struct reply *reply) {
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

static bool read_ack(const struct request *request, struct reply *reply, struct posting *posting) {
    struct bytes text = request_query(request, "ack");
    posting->has_ack = bytes_present(text);
    if (!posting->has_ack)
        return true;
    if (!settings_ack_parse(text, &posting->ack)) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "ack=%s: expected none, os, disk or replicated",
                      reply_quote(reply, text));
        return false;
    }
    if (settings_ack_supported(request->gateway->storage, posting->ack))
        return true;
    reply_problem(reply, PROBLEM_UNSUPPORTED_BY_ENGINE, "this storage engine cannot provide ack \"%s\"",
                  storage_ack_name(posting->ack));
    return false;
}

static bool read_defaults(const struct request *request, struct reply *reply, struct posting *posting) {
    uint64_t partition = UINT64_MAX;
    posting->defaults = (struct publish_event){ .key = request_query(request, "key"),
                                                .timestamp_ms = STORAGE_TIME_NONE,
                                                .partition = PUBLISH_ANY_PARTITION };
    if (posting->defaults.key.size > LIMIT_KEY_BYTES || !utf8_valid(posting->defaults.key)) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "key: expected UTF-8 text of at most %d bytes", LIMIT_KEY_BYTES);
        return false;
    }
    if (!given_time_read(request, "timestamp", &posting->defaults.timestamp_ms, reply))
        return false;
    if (!request_query_number(request, "partition", 0, STORAGE_PARTITIONS_MAX - 1, &partition, reply))
        return false;
    if (partition != UINT64_MAX)
        posting->defaults.partition = (int64_t)partition;
    return request_query_bool(request, "partial", &posting->partial, reply);
}

/* What is not built is refused before its body is read as something else. */
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

static bool read_form(const struct request *request, struct reply *reply, struct posting *posting) {
    struct bytes format = request_query(request, "format");
    enum media_kind kind = media_kind_of(request_header(request, "Content-Type"));
    if (!refuse_media(request, reply, kind))
        return false;
    if (kind == MEDIA_NDJSON)
        posting->form = BODY_FORM_NDJSON;
    else if (kind == MEDIA_ENVELOPES)
        posting->form = BODY_FORM_ENVELOPES;
    if (!bytes_present(format))
        return true;
    if (!bytes_equal(format, BYTES_LITERAL("ndjson"))) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "format=%s: expected ndjson", reply_quote(reply, format));
        return false;
    }
    posting->form = BODY_FORM_NDJSON;
    return true;
}

/* ---- answers ---- */

static int compare_errors(const void *left, const void *right) {
    const struct event_error *a = left;
    const struct event_error *b = right;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* In the order of the events: some were found by the form of the body, others later by the topic. */
static void append_errors(struct event_errors *errors, struct buffer *json) {
    size_t listed = errors->count < LIMIT_ERRORS_LISTED ? errors->count : LIMIT_ERRORS_LISTED;
    qsort(errors->listed, listed, sizeof errors->listed[0], compare_errors);
    buffer_append_text(json, "\"errors\":[");
    for (size_t i = 0; i < listed; i++) {
        const struct event_error *error = &errors->listed[i];
        buffer_printf(json, "%s{\"index\":%zu,\"message\":", i > 0 ? "," : "", error->index);
        json_append_string(json, bytes_text(error->message));
        buffer_printf(json, ",\"position\":%zu}", error->position);
    }
    buffer_printf(json, "],\"error_count\":%zu", errors->count);
}

static void reply_errors(struct reply *reply, enum problem_code code, struct event_errors *errors) {
    const struct event_error *first = &errors->listed[0];
    autobuffer struct buffer more = { 0 };
    append_errors(errors, &more);
    reply_problem_with(reply, code, &more, "event %zu, byte %zu: %s%s", first->index, first->position, first->message,
                       errors->count > 1 ? " (and more)" : "");
}

static void reply_written(struct reply *reply, struct posting *posting, enum storage_ack ack, size_t count,
                          const struct storage_extent *extents, size_t extent_count) {
    struct buffer *body = &reply->body;
    buffer_clear(body);
    buffer_printf(body, "{\"ack\":\"%s\",\"count\":%zu", storage_ack_name(ack), count);
    if (ack != STORAGE_ACK_NONE || count == 0) {
        buffer_append_text(body, ",\"partitions\":[");
        for (size_t i = 0; i < extent_count; i++)
            buffer_printf(body, "%s{\"partition\":%u,\"first_offset\":%llu,\"count\":%u}", i > 0 ? "," : "",
                          extents[i].partition, (unsigned long long)extents[i].first_offset, extents[i].count);
        buffer_append_u8(body, ']');
    }
    if (posting->events.errors.count > 0) {
        buffer_append_u8(body, ',');
        append_errors(&posting->events.errors, body);
    }
    buffer_append_text(body, "}\n");
    reply->http_status = ack == STORAGE_ACK_NONE && count > 0 ? 202 : 200;
    reply->content_type = "application/json";
}

static bool reply_body_result(struct reply *reply, struct posting *posting, enum body_result result) {
    struct event_errors *errors = &posting->events.errors;
    const char *named = errors->count > 0 ? errors->listed[0].message : "";
    switch (result) {
    case BODY_GOOD: return true;
    case BODY_EMPTY:
        reply_problem(reply, PROBLEM_EMPTY_BODY, "no event in the body; send a JSON value, an array, or lines of JSON");
        break;
    case BODY_BROKEN: reply_errors(reply, PROBLEM_INVALID_JSON, errors); break;
    case BODY_UNKNOWN_MEMBER:
        reply_problem(reply, PROBLEM_UNKNOWN_MEMBER, "unknown member %s in the envelope",
                      reply_quote(reply, bytes_text(named)));
        break;
    case BODY_NOT_SUPPORTED:
        reply_problem(reply, PROBLEM_NOT_SUPPORTED, "event member %s is not supported yet; leave it out", named);
        break;
    case BODY_TOO_MANY_EVENTS:
        reply_problem(reply, PROBLEM_TOO_MANY_EVENTS, "a request can contain at most %zu events; send several requests",
                      posting->events.count_max);
        break;
    case BODY_NO_MEMORY: reply_no_memory(reply); break;
    }
    return false;
}

/* ---- the parts ---- */

static void appended(struct request *request, struct reply *reply) {
    struct posting *posting = request->state;
    const struct storage_append *append = &posting->publish.append;
    if (!write_succeeded(request, reply, &append->op))
        return;

    metrics_events_in(request->metrics, append->record_count, request->body.size);
    reply_written(reply, posting, append->ret_ack, append->record_count, append->extents, append->ret_extent_count);
}

/* The topic is known: the body becomes events, the events records. */
static void append(struct request *request, struct reply *reply) {
    struct posting *posting = request->state;
    struct event_errors *errors = &posting->events.errors;
    enum body_result result = body_cut(posting->form, request->body.data, request->body.size, &posting->defaults,
                                       &request->arena, &posting->events);
    if (!reply_body_result(reply, posting, result))
        return;
    posting->publish = (struct publish){ 0 };
    enum status s = publish_prepare(request->gateway, posting->topic, posting->events.items, posting->events.count,
                                    &request->arena, errors, &posting->publish);
    if (s != STATUS_OK) {
        reply_status(reply, s, "");
        return;
    }
    if (errors->count > 0 && !posting->partial) {
        reply_errors(reply, errors->too_large == errors->count ? PROBLEM_EVENT_TOO_LARGE : PROBLEM_INVALID_EVENTS,
                     errors);
        return;
    }
    enum storage_ack ack = posting->has_ack ? posting->ack : posting->topic->settings.ack;
    if (posting->publish.record_count == 0) {
        reply_written(reply, posting, ack, 0, NULL, 0);
        return;
    }
    posting->publish.append.op = request_op(request);
    posting->publish.append.ack = ack;
    request_wait(request, appended);
    publish_start(request->gateway, posting->topic, &posting->publish);
}

static void created(struct request *request, struct reply *reply) {
    struct posting *posting = request->state;
    enum status s = posting->creation.create.op.status;
    posting->topic = posting->creation.create.ret_topic;
    if ((s == STATUS_OK || s == STATUS_TOPIC_EXISTS) && posting->topic != NULL)
        append(request, reply);
    else
        reply_failure(request, reply, s, posting->creation.create.op.detail);
}

static void create_topic(struct request *request) {
    struct posting *posting = request->state;
    posting->settings = settings_defaults(request->gateway->storage);
    posting->creation.create = (struct storage_topic_create){ .op = request_op(request),
                                                              .name = request_path_param(request, "topic").data,
                                                              .settings = &posting->settings };
    request_wait(request, created);
    gateway_topic_create(request->gateway, &posting->creation);
}

void events_post(struct request *request, struct reply *reply) {
    if (!name_valid(request_path_param(request, "topic"), reply))
        return;
    struct posting *posting = request_state(request, sizeof *posting, release);
    if (posting == NULL)
        return;
    posting->events.count_max = request->gateway->limits.body_events_max;
    if (!refuse_later_parts(request, reply) || !read_ack(request, reply, posting) ||
        !read_defaults(request, reply, posting) || !read_form(request, reply, posting))
        return;
    posting->topic = topics_find(request->gateway->topics, request_path_param(request, "topic"));
    if (posting->topic != NULL)
        append(request, reply);
    else if (request->gateway->auto_create)
        create_topic(request);
    else
        reply_topic_not_found(reply, request_path_param(request, "topic"));
}
