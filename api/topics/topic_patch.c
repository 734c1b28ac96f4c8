/* PATCH /topics/{topic} */
#include "api/endpoints.h"
#include "api/http/control_document.h"
#include "api/topics/describe.h"
#include "api/topics/named_topic.h"
#include "api/topics/settings_json.h"

struct altering {
    struct storage_topic_alter alter; /* first, so that its done finds the rest */
    struct request *request;
    struct storage_settings settings;
};

static void release(void *state) {
    struct altering *altering = state;
    storage_topic_unref(altering->alter.ret_topic);
    altering->alter.ret_topic = NULL;
}

static void alter_done(struct storage_op *op) {
    struct altering *altering = (struct altering *)op;
    request_ready(altering->request);
}

static void altered(struct request *request, struct reply *reply) {
    struct altering *altering = request->state;
    enum status s = altering->alter.op.status;
    reply->done = s == STATUS_OK;
    if (s == STATUS_OK)
        describe_topic(request, reply, storage_topic_ref(altering->alter.ret_topic), 200);
    else if (s == STATUS_TOPIC_NOT_FOUND)
        reply_topic_not_found(reply, request->path_params[0]);
    else
        reply_status(reply, s, altering->alter.op.detail);
}

static void start(struct request *request, struct reply *reply, const struct storage_topic *topic) {
    struct altering *altering = arena_array(&request->arena, 1, sizeof *altering);
    if (altering == NULL) {
        reply_status(reply, STATUS_NO_MEMORY, "");
        return;
    }
    unsigned given = 0;
    altering->request = request;
    altering->settings = topic->settings;
    struct bytes document;
    if (!control_document_read(request, reply, &document) ||
        !settings_read(document, request->gateway->storage, &altering->settings, &given, reply))
        return;
    request->state = altering;
    request->state_finish = release;
    altering->alter = (struct storage_topic_alter){
        .op = { .done = alter_done }, .topic_id = topic->id, .settings = &altering->settings, .which = given
    };
    request_wait(request, altered);
    gateway_topic_alter(request->gateway, &altering->alter);
}

void topic_patch(struct request *request, struct reply *reply) {
    struct storage_topic *topic = named_topic(request, reply);
    if (topic == NULL)
        return;
    start(request, reply, topic);
    storage_topic_unref(topic);
}
