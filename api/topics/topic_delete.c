/* DELETE /topics/{topic} */
#include "api/endpoints.h"
#include "api/topics/named_topic.h"

struct deleting {
    struct storage_topic_delete delete; /* first, so that its done finds the rest */
    struct request *request;
};

static void delete_done(struct storage_op *op) {
    struct deleting *deleting = (struct deleting *)op;
    request_ready(deleting->request);
}

static void deleted(struct request *request, struct reply *reply) {
    struct deleting *deleting = request->state;
    enum status s = deleting->delete.op.status;
    reply->done = s == STATUS_OK;
    if (s == STATUS_OK)
        reply_empty(reply, 204);
    else if (s == STATUS_TOPIC_NOT_FOUND)
        reply_topic_not_found(reply, request->path_params[0]);
    else
        reply_status(reply, s, deleting->delete.op.detail);
}

void topic_delete(struct request *request, struct reply *reply) {
    struct storage_topic *topic = named_topic(request, reply);
    if (topic == NULL)
        return;
    uint64_t topic_id = topic->id;
    storage_topic_unref(topic);
    struct deleting *deleting = arena_array(&request->arena, 1, sizeof *deleting);
    if (deleting == NULL) {
        reply_status(reply, STATUS_NO_MEMORY, "");
        return;
    }
    deleting->request = request;
    request->state = deleting;
    deleting->delete = (struct storage_topic_delete){ .op = { .done = delete_done }, .topic_id = topic_id };
    request_wait(request, deleted);
    gateway_topic_delete(request->gateway, &deleting->delete);
}
