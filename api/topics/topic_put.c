/* PUT /topics/{topic} */
#include "api/endpoints.h"
#include "api/http/control_document.h"
#include "api/topics/describe.h"
#include "api/topics/names.h"
#include "api/topics/settings_json.h"
#include "gateway/settings.h"

struct creating {
    struct topic_creation creation;
    struct storage_settings settings;
    unsigned given;
};

static void release(void *state) {
    struct creating *creating = state;
    storage_topic_unref(creating->creation.create.ret_topic);
    creating->creation.create.ret_topic = NULL;
}

/* The topic exists: a success if it has the requested settings. */
static void reply_exists(struct request *request, struct reply *reply, struct creating *creating,
                         struct storage_topic *topic) {
    unsigned differing = storage_settings_differing(&creating->settings, &topic->settings, creating->given);
    if (differing == 0) {
        describe_topic(request, reply, storage_topic_ref(topic), 200);
        return;
    }
    autobuffer struct buffer names = { 0 };
    autobuffer struct buffer more = { 0 };
    settings_append_names(differing, &names);
    buffer_append_text(&more, "\"differing\":");
    buffer_append_bytes(&more, buffer_bytes(&names));
    reply->failed = reply->failed || names.failed;
    reply_problem_with(reply, PROBLEM_TOPIC_EXISTS, &more, "topic %s exists with other values of %.*s", topic->name,
                       (int)names.size, buffer_bytes(&names).data);
}

static void created(struct request *request, struct reply *reply) {
    struct creating *creating = request->state;
    const struct storage_topic_create *create = &creating->creation.create;
    struct storage_topic *topic = create->ret_topic;
    if (create->op.status == STATUS_TOPIC_EXISTS && topic != NULL) {
        reply_exists(request, reply, creating, topic);
    } else if (write_succeeded(request, reply, &create->op)) {
        reply_header(reply, "Location", arena_printf(&request->arena, "/topics/%s", topic->name));
        describe_topic(request, reply, storage_topic_ref(topic), 201);
    }
}

static bool read_settings(struct request *request, struct reply *reply, struct creating *creating) {
    struct bytes document;
    return control_document_read(request, reply, &document) &&
           settings_read(document, request->gateway->storage, &creating->settings, &creating->given, reply);
}

void topic_put(struct request *request, struct reply *reply) {
    struct bytes name = request_path_param(request, "topic");
    if (!name_valid(name, reply))
        return;

    struct creating *creating = request_state(request, sizeof *creating, release);
    if (creating == NULL)
        return;
    creating->settings = settings_defaults(request->gateway->storage);
    if (!read_settings(request, reply, creating))
        return;

    creating->creation.create =
        (struct storage_topic_create){ .op = request_op(request), .name = name.data, .settings = &creating->settings };
    request_wait(request, created);
    gateway_topic_create(request->gateway, &creating->creation);
}
