/* DELETE /groups/{group} and DELETE /groups/{group}/topics/{topic} */
#include "api/endpoints.h"
#include "api/topics/names.h"

enum { ALL_TOPICS = 0 }; /* not the id of any topic */

static void forgotten(struct request *request, struct reply *reply) {
    const struct storage_group_delete *delete = request->state;
    if (write_succeeded(request, reply, &delete->op))
        reply_empty(reply, 204);
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
    const char *group = named_group(request, reply);
    if (group == NULL)
        return;
    autotopic struct storage_topic *topic = named_topic(request, reply);
    if (topic != NULL)
        forget(request, group, topic->id);
}
