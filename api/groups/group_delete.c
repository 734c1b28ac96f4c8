/* DELETE /groups/{group} and DELETE /groups/{group}/topics/{topic} */
#include "api/endpoints.h"
#include "api/groups/named_group.h"
#include "api/topics/named_topic.h"
#include "gateway/topics.h"

enum { ALL_TOPICS = 0 }; /* no topic has this id */

struct forgetting {
    struct storage_group_delete delete; /* first, so that its done finds the rest */
    struct request *request;
};

static void delete_done(struct storage_op *op) {
    struct forgetting *forgetting = (struct forgetting *)op;
    request_ready(forgetting->request);
}

static void forgotten(struct request *request, struct reply *reply) {
    const struct storage_group_delete *delete = &((struct forgetting *)request->state)->delete;
    reply->done = delete->op.status == STATUS_OK;
    if (delete->op.status == STATUS_OK)
        reply_empty(reply, 204);
    else if (delete->op.status != STATUS_GROUP_NOT_FOUND)
        reply_status(reply, delete->op.status, delete->op.detail);
    else if (delete->topic_id == ALL_TOPICS)
        reply_group_not_found(reply, request->path_params[0]);
    else
        reply_problem(reply, PROBLEM_GROUP_NOT_FOUND, "group %s has no committed offsets of topic %s",
                      reply_quote(reply, request->path_params[0]), reply_quote(reply, request->path_params[1]));
}

static void forget(struct request *request, struct reply *reply, const char *group, uint64_t topic_id) {
    struct forgetting *forgetting = arena_array(&request->arena, 1, sizeof *forgetting);
    if (forgetting == NULL) {
        reply_status(reply, STATUS_NO_MEMORY, "");
        return;
    }
    forgetting->request = request;
    request->state = forgetting;
    forgetting->delete =
        (struct storage_group_delete){ .op = { .done = delete_done }, .group = group, .topic_id = topic_id };
    request_wait(request, forgotten);
    gateway_group_delete(request->gateway, &forgetting->delete);
}

void group_delete(struct request *request, struct reply *reply) {
    const char *group = named_group(request, reply);
    if (group != NULL)
        forget(request, reply, group, ALL_TOPICS);
}

void group_topic_delete(struct request *request, struct reply *reply) {
    struct bytes name = request->path_params[1];
    const char *group = named_group(request, reply);
    if (group == NULL || !topic_name_fit(name, reply))
        return;
    struct storage_topic *topic = topics_find(request->gateway->topics, name);
    if (topic == NULL) {
        reply_topic_not_found(reply, name);
        return;
    }
    uint64_t topic_id = topic->id;
    storage_topic_unref(topic);
    forget(request, reply, group, topic_id);
}
