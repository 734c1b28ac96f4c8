/* POST /topics/{topic}/events: events are appended to a topic, which is created first where that is allowed. */
#include "api/endpoints.h"
#include "api/events/append_reply.h"
#include "api/events/append_request.h"
#include "api/http/metrics.h"
#include "api/topics/names.h"
#include "gateway/settings.h"
#include "gateway/topics.h"

struct appending {
    struct append_request params;
    struct publish publish;
    struct topic_creation creation;
    struct storage_topic *topic; /* a reference, once it is known */
    struct storage_settings settings;
    struct body_events events;
    struct arena parsed; /* keys and headers of the events, and what is wrong with them; out of the budget */
};

static void release(void *state) {
    struct appending *appending = state;
    publish_finish(&appending->publish);
    arena_finish(&appending->parsed);
    storage_topic_unref(appending->topic);
}

static void appended(struct request *request, struct reply *reply) {
    struct appending *appending = request->state;
    const struct storage_append *append = &appending->publish.append;
    if (!write_succeeded(request, reply, &append->op))
        return;

    metrics_events_in(request->metrics, append->record_count, request->body.size);
    append_reply_written(reply, append, &appending->events.errors);
}

static enum status add_event(void *publish, const struct publish_event *event) { return publish_add(publish, event); }

/* The body becomes records, event by event. False: the reply says why nothing of it is written. */
static bool prepare(struct request *request, struct reply *reply, struct appending *appending) {
    struct body_events *events = &appending->events;
    struct event_errors *errors = &events->errors;
    events->count_max = request->gateway->limits.body_events_max;
    events->add = add_event;
    events->context = &appending->publish;
    arena_charge(&appending->parsed, request->gateway->budget, BUDGET_PARSED);
    publish_begin(request->gateway, appending->topic, events->count_max, &appending->parsed, errors,
                  &appending->publish);

    enum body_result result = body_cut(appending->params.form, request->body.data, request->body.size,
                                       &appending->params.defaults, &appending->parsed, events);
    if (result == BODY_GOOD && publish_seal(&appending->publish) != STATUS_OK)
        result = BODY_NO_MEMORY;
    if (result != BODY_GOOD) {
        append_reply_body(reply, result, events);
        return false;
    }

    if (errors->count > 0 && !appending->params.partial) {
        append_reply_errors(
            reply, errors->too_large == errors->count ? PROBLEM_EVENT_TOO_LARGE : PROBLEM_INVALID_EVENTS, errors);
        return false;
    }
    return true;
}

/* The topic is known. */
static void append_events(struct request *request, struct reply *reply) {
    struct appending *appending = request->state;
    if (!prepare(request, reply, appending))
        return;

    struct storage_append *append = &appending->publish.append;
    append->op = request_op(request);
    append->ack = appending->params.has_ack ? appending->params.ack : appending->topic->settings.ack;
    append->ret_ack = append->ack;
    if (appending->publish.record_count == 0) { /* no good event, or no event at all */
        append_reply_written(reply, append, &appending->events.errors);
        return;
    }
    request_wait(request, appended);
    publish_start(&appending->publish);
}

static void created(struct request *request, struct reply *reply) {
    struct appending *appending = request->state;
    const struct storage_topic_create *create = &appending->creation.create;
    enum status s = create->op.status;
    appending->topic = create->ret_topic;
    if ((s == STATUS_OK || s == STATUS_TOPIC_EXISTS) && appending->topic != NULL)
        append_events(request, reply);
    else
        reply_failure(request, reply, s, create->op.detail);
}

static void create_topic(struct request *request) {
    struct appending *appending = request->state;
    appending->settings = settings_defaults(request->gateway->storage);
    appending->creation.create = (struct storage_topic_create){ .op = request_op(request),
                                                                .name = appending->params.topic.data,
                                                                .settings = &appending->settings };
    request_wait(request, created);
    gateway_topic_create(request->gateway, &appending->creation);
}

void events_post(struct request *request, struct reply *reply) {
    struct appending *appending = request_state(request, sizeof *appending, release);
    if (appending == NULL || !append_request_read(request, reply, &appending->params))
        return;

    appending->topic = topics_find(request->gateway->topics, appending->params.topic);
    if (appending->topic != NULL)
        append_events(request, reply);
    else if (request->gateway->auto_create)
        create_topic(request);
    else
        reply_topic_not_found(reply, appending->params.topic);
}
