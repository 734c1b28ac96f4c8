/* GET /topics/{topic}/events/{partition}/{offset}: one event. */
#include "api/endpoints.h"
#include "api/events/event_params.h"
#include "api/http/metrics.h"
#include "api/topics/names.h"

/* What is requested. */
struct event_request {
    uint32_t partition;
    uint64_t offset;
    enum event_view view;
};

struct fetching {
    struct event_request params;
    struct storage_topic *topic;
    struct storage_read read;
};

static void release(void *state) {
    struct fetching *fetching = state;
    storage_read_finish(&fetching->read);
    storage_topic_unref(fetching->topic);
}

static void reply_event(struct request *request, struct reply *reply, const struct fetching *fetching) {
    event_append_json(&reply->body, fetching->params.view, fetching->topic, &fetching->read.records[0]);
    metrics_events_out(request->metrics, 1, reply->body.size);
    buffer_append_u8(&reply->body, '\n');
    reply->http_status = 200;
    reply->content_type = "application/json";
}

static void reply_unreadable(struct request *request, struct reply *reply, const struct fetching *fetching) {
    struct read_failure failure = read_failures_note(request->gateway->failures, fetching->topic, &fetching->read);
    reply_read_failed(reply, &failure);
}

static void fetched(struct request *request, struct reply *reply) {
    const struct fetching *fetching = request->state;
    const struct storage_read *read = &fetching->read;
    enum status s = read->op.status;
    if (s == STATUS_OK && read->record_count > 0 && read->records[0].offset == read->offset)
        reply_event(request, reply, fetching);
    else if (s == STATUS_OK || s == STATUS_OFFSET_BEYOND)
        reply_problem(reply, PROBLEM_EVENT_NOT_FOUND,
                      "partition %u of topic %s has no event at offset %llu; its next offset is %llu", read->partition,
                      fetching->topic->name, (unsigned long long)read->offset, (unsigned long long)read->ret_head);
    else if (s == STATUS_OFFSET_GONE)
        reply_problem(reply, PROBLEM_OFFSET_GONE,
                      "the event is no longer stored; partition %u of topic %s starts at offset %llu", read->partition,
                      fetching->topic->name, (unsigned long long)read->ret_first);
    else if (status_is_read_failure(s))
        reply_unreadable(request, reply, fetching);
    else
        reply_failure(request, reply, s, read->op.detail);
}

/* False: the reply says what is wrong. */
static bool event_request_read(struct request *request, struct reply *reply, const struct storage_topic *topic,
                               struct event_request *ret_params) {
    struct event_request params = { 0 };
    uint64_t partition;
    if (!parse_number(request_path_param(request, "partition"), UINT32_MAX, &partition) ||
        !parse_number(request_path_param(request, "offset"), UINT64_MAX, &params.offset)) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, "partition and offset must be whole numbers");
        return false;
    }
    if (partition >= topic->settings.partitions) {
        reply_problem(reply, PROBLEM_PARTITION_NOT_FOUND, "topic %s has %u partitions, numbered from 0", topic->name,
                      topic->settings.partitions);
        return false;
    }
    if (!event_view_read(request, reply, &params.view))
        return false;

    params.partition = (uint32_t)partition;
    *ret_params = params;
    return true;
}

void event_get(struct request *request, struct reply *reply) {
    struct fetching *fetching = request_state(request, sizeof *fetching, release);
    if (fetching == NULL)
        return;
    fetching->topic = named_topic(request, reply);
    if (fetching->topic == NULL || !event_request_read(request, reply, fetching->topic, &fetching->params))
        return;

    fetching->read = (struct storage_read){ .op = request_op(request),
                                            .topic_id = fetching->topic->id,
                                            .partition = fetching->params.partition,
                                            .offset = fetching->params.offset,
                                            .record_limit = 1,
                                            .byte_limit = 1 };
    request_wait(request, fetched);
    gateway_read(request->gateway, &fetching->read);
}
