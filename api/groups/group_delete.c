/* DELETE /groups/{group} and DELETE /groups/{group}/topics/{topic} */
#include "api/endpoints.h"
#include "api/groups/named_group.h"
#include "api/topics/named_topic.h"
#include "gateway/topics.h"

enum { ALL_TOPICS = 0 }; /* no topic has this id */

static void forgotten(struct request *request, struct reply *reply) {
    const struct storage_group_delete *delete = request->state;
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

static void forget(struct request *request, const char *group, uint64_t topic_id) {
    struct storage_group_delete *delete = request_state(request, sizeof *delete, NULL);
    if (delete == NULL)
        return;
    *delete = (struct storage_group_delete){ .op = request_op(request), .group = group, .topic_id = topic_id };
    request_wait(request, forgotten);
    gateway_group_delete(request->gateway, delete);
}

void group_delete(struct request *request, struct reply *reply) {
    const char *group = named_group(request, reply);
    if (group != NULL)
        forget(request, group, ALL_TOPICS);
}

void group_topic_delete(struct request *request, struct reply *reply) {
    struct bytes name = request->path_params[1];
    const char *group = named_group(request, reply);
    if (group == NULL || !topic_name_valid(name, reply))
        return;
    autotopic struct storage_topic *topic = topics_find(request->gateway->topics, name);
    if (topic != NULL)
        forget(request, group, topic->id);
    else
        reply_topic_not_found(reply, name);
}
