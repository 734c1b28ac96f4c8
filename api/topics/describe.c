/* Descriptions of topics: one storage operation a topic, one after the other. */
#include "api/topics/describe.h"

#include "api/topics/settings_json.h"
#include "gateway/topics.h"

#include <stdio.h>

struct describing {
    struct storage_bounds bounds;
    struct request *request;
    struct topics_found found;
    struct storage_topic *single[1];
    size_t at;
    json_t *list;
    bool whole_list;
    unsigned http_status;
    struct storage_partition_bounds partitions[STORAGE_PARTITIONS_MAX];
};

static const struct {
    enum storage_capability bit;
    const char *name;
} CAPABILITIES[] = {
    { STORAGE_CAN_ACK_NONE, "ack_none" },
    { STORAGE_CAN_ACK_OS, "ack_os" },
    { STORAGE_CAN_ACK_DISK, "ack_disk" },
    { STORAGE_CAN_ACK_REPLICATED, "ack_replicated" },
    { STORAGE_CAN_ATOMIC_BATCH, "atomic_batch" },
    { STORAGE_CAN_OFFSET_CAS, "offset_cas" },
    { STORAGE_CAN_OFFSET_BY_TIME, "offset_by_time" },
    { STORAGE_CAN_SURVIVE_RESTART, "survive_restart" },
};

static json_t *capabilities_new(const struct storage *storage) {
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof CAPABILITIES / sizeof CAPABILITIES[0]; i++) {
        if ((storage->capabilities & CAPABILITIES[i].bit) == 0)
            continue;
        if (json_array_append_new(list, json_string(CAPABILITIES[i].name)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *partitions_new(const struct describing *describing) {
    json_t *list = json_array();
    for (size_t i = 0; i < describing->bounds.ret_count; i++) {
        const struct storage_partition_bounds *bounds = &describing->partitions[i];
        json_t *partition = json_pack("{s:I, s:I, s:I, s:I}", "partition", (json_int_t)i, "first_offset",
                                      (json_int_t)bounds->first_offset, "next_offset", (json_int_t)bounds->next_offset,
                                      "bytes", (json_int_t)bounds->bytes);
        if (json_array_append_new(list, partition) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *description_new(const struct describing *describing, const struct storage_topic *topic) {
    char id[17];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)topic->id);
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "name", topic->name, "id", id, "created_at",
                     (json_int_t)topic->created_at_ms, "settings", settings_new(&topic->settings), "capabilities",
                     capabilities_new(describing->request->gateway->storage), "partitions", partitions_new(describing));
}

static void release(void *state) {
    struct describing *describing = state;
    topics_found_finish(&describing->found);
    json_decref(describing->list);
}

static void finish(struct describing *describing, struct reply *reply) {
    if (!describing->whole_list) {
        reply_json_take(reply, describing->http_status, json_incref(json_array_get(describing->list, 0)));
        return;
    }
    const struct topics_found *found = &describing->found;
    const char *next = found->more && found->count > 0 ? found->items[found->count - 1]->name : NULL;
    reply_json_take(reply, 200, json_pack("{s:O, s:s?}", "topics", describing->list, "next", next));
}

static void ask_next(struct request *request, struct reply *reply);

static void take_bounds(struct request *request, struct reply *reply) {
    struct describing *describing = request->state;
    const struct storage_topic *topic = describing->found.items[describing->at];
    enum status s = describing->bounds.op.status;
    bool vanished = s == STATUS_TOPIC_NOT_FOUND && describing->whole_list; /* deleted while the list was made */
    if (s != STATUS_OK && !vanished) {
        reply_status(reply, s, describing->bounds.op.detail);
        return;
    }
    if (!vanished && json_array_append_new(describing->list, description_new(describing, topic)) != 0) {
        reply_no_memory(reply);
        return;
    }
    describing->at++;
    ask_next(request, reply);
}

static void ask_next(struct request *request, struct reply *reply) {
    struct describing *describing = request->state;
    if (describing->at == describing->found.count) {
        finish(describing, reply);
        return;
    }
    describing->bounds = (struct storage_bounds){ .op = request_op(request),
                                                  .topic_id = describing->found.items[describing->at]->id,
                                                  .partitions = describing->partitions,
                                                  .capacity = STORAGE_PARTITIONS_MAX };
    request_wait(request, take_bounds);
    gateway_bounds(request->gateway, &describing->bounds);
}

static struct describing *begin(struct request *request) {
    struct describing *describing = request_state(request, sizeof *describing, release);
    if (describing == NULL)
        return NULL;
    describing->request = request;
    describing->list = json_array();
    return describing;
}

void describe_topic(struct request *request, struct reply *reply, struct storage_topic *topic, unsigned http_status) {
    struct describing *describing = begin(request);
    if (describing == NULL) {
        storage_topic_unref(topic);
        return;
    }
    describing->single[0] = topic;
    describing->found = (struct topics_found){ .items = describing->single, .count = 1 };
    describing->http_status = http_status;
    ask_next(request, reply);
}

void describe_topics(struct request *request, struct reply *reply, struct topics_found *found) {
    struct describing *describing = begin(request);
    if (describing == NULL) {
        topics_found_finish(found);
        return;
    }
    describing->found = *found;
    describing->whole_list = true;
    ask_next(request, reply);
}
