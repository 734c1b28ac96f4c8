/* DELETE /topics/{topic} */
#include "api/endpoints.h"
#include "api/topics/names.h"

static void deleted(struct request *request, struct reply *reply) {
    const struct storage_topic_delete *delete = request->state;
    if (write_succeeded(request, reply, &delete->op))
        reply_empty(reply, 204);
}

void topic_delete(struct request *request, struct reply *reply) {
    autotopic struct storage_topic *topic = named_topic(request, reply);
    struct storage_topic_delete *delete = topic != NULL ? request_state(request, sizeof *delete, NULL) : NULL;
    if (delete == NULL)
        return;

    *delete = (struct storage_topic_delete){ .op = request_op(request), .topic_id = topic->id };
    request_wait(request, deleted);
    gateway_topic_delete(request->gateway, delete);
}
