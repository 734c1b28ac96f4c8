/* GET /topics/{topic}/events/{partition}/{offset}: one event. */
#include "api/endpoints.h"
#include "api/events/page_query.h"
#include "api/http/metrics.h"
#include "api/topics/names.h"

struct fetching {
    struct storage_read read;
    struct storage_topic *topic;
    enum event_view view;
};

static void release(void *state) {
    struct fetching *fetching = state;
    storage_read_finish(&fetching->read);
    storage_topic_unref(fetching->topic);
}

static void fetched(struct request *request, struct reply *reply) {
    struct fetching *fetching = request->state;
    const struct storage_read *read = &fetching->read;
    enum status s = read->op.status;
    bool there = s == STATUS_OK && read->record_count > 0 && read->records[0].offset == read->offset;
    if (there) {
        event_append_json(&reply->body, fetching->view, fetching->topic, &read->records[0]);
        metrics_events_out(request->metrics, 1, reply->body.size);
        buffer_append_u8(&reply->body, '\n');
        reply->http_status = 200;
        reply->content_type = "application/json";
    } else if (s == STATUS_OK || s == STATUS_OFFSET_BEYOND) {
        reply_problem(reply, PROBLEM_EVENT_NOT_FOUND,
                      "partition %u of topic %s has no event at offset %llu; its next offset is %llu", read->partition,
                      fetching->topic->name, (unsigned long long)read->offset, (unsigned long long)read->ret_head);
    } else if (s == STATUS_OFFSET_GONE) {
        reply_problem(reply, PROBLEM_OFFSET_GONE,
                      "the event is no longer stored; partition %u of topic %s starts at offset %llu", read->partition,
                      fetching->topic->name, (unsigned long long)read->ret_first);
    } else {
        reply_failure(request, reply, s, read->op.detail);
    }
}

static bool read_place(struct request *request, struct reply *reply, struct fetching *fetching) {
    uint64_t partition;
    if (!parse_number(request_path_param(request, "partition"), UINT32_MAX, &partition) ||
        !parse_number(request_path_param(request, "offset"), UINT64_MAX, &fetching->read.offset)) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, "partition and offset must be whole numbers");
        return false;
    }
    if (partition >= fetching->topic->settings.partitions) {
        reply_problem(reply, PROBLEM_PARTITION_NOT_FOUND, "topic %s has %u partitions, numbered from 0",
                      fetching->topic->name, fetching->topic->settings.partitions);
        return false;
    }
    fetching->read.partition = (uint32_t)partition;
    return page_view_read(request, reply, &fetching->view);
}

void event_get(struct request *request, struct reply *reply) {
    struct fetching *fetching = request_state(request, sizeof *fetching, release);
    if (fetching == NULL)
        return;
    fetching->topic = named_topic(request, reply);
    if (fetching->topic == NULL || !read_place(request, reply, fetching))
        return;
    fetching->read.op = request_op(request);
    fetching->read.topic_id = fetching->topic->id;
    fetching->read.record_limit = 1;
    fetching->read.byte_limit = 1;
    request_wait(request, fetched);
    gateway_read(request->gateway, &fetching->read);
}
