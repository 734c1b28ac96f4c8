/* PATCH /topics/{topic} */
#include "api/endpoints.h"
#include "api/http/control_document.h"
#include "api/topics/describe.h"
#include "api/topics/names.h"
#include "api/topics/settings_json.h"

struct altering {
    struct storage_topic_alter alter;
    struct storage_settings settings;
};

static void release(void *state) {
    struct altering *altering = state;
    storage_topic_unref(altering->alter.ret_topic);
    altering->alter.ret_topic = NULL;
}

static void altered(struct request *request, struct reply *reply) {
    struct altering *altering = request->state;
    if (write_succeeded(request, reply, &altering->alter.op))
        describe_topic(request, reply, storage_topic_ref(altering->alter.ret_topic), 200);
}

void topic_patch(struct request *request, struct reply *reply) {
    autotopic struct storage_topic *topic = named_topic(request, reply);
    struct altering *altering = topic != NULL ? request_state(request, sizeof *altering, release) : NULL;
    if (altering == NULL)
        return;

    unsigned given = 0;
    struct bytes document;
    altering->settings = topic->settings;
    if (!control_document_read(request, reply, &document) ||
        !settings_read(document, request->gateway->storage, &altering->settings, &given, reply))
        return;

    altering->alter = (struct storage_topic_alter){
        .op = request_op(request), .topic_id = topic->id, .settings = &altering->settings, .which = given
    };
    request_wait(request, altered);
    gateway_topic_alter(request->gateway, &altering->alter);
}
