/* Descriptions of topics: the bounds of all their partitions are one storage operation. */
#include "api/topics/describe.h"

#include "api/topics/settings_json.h"
#include "gateway/topics.h"

#include <stdio.h>

struct describing {
    struct storage_bounds bounds;
    struct topics_found found;
    struct storage_topic *single[1];
    bool whole_list;
    unsigned http_status;
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
    { STORAGE_CAN_CONTIGUOUS, "contiguous" },
    { STORAGE_CAN_DENSE, "dense" },
    { STORAGE_CAN_COUNT_BYTES, "count_bytes" },
    { STORAGE_CAN_DURABLE_DEDUPE, "durable_dedupe" },
    { STORAGE_CAN_EXPECTED_OFFSET, "expected_offset" },
    { STORAGE_CAN_COMPACTION, "compaction" },
};

static json_t *capabilities_new(uint32_t capabilities) {
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof CAPABILITIES / sizeof CAPABILITIES[0]; i++) {
        if ((capabilities & CAPABILITIES[i].bit) == 0)
            continue;
        if (json_array_append_new(list, json_string(CAPABILITIES[i].name)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *partitions_new(const struct storage_partition_bounds *bounds, uint32_t count) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_t *bytes = bounds[i].bytes != STORAGE_BYTES_UNKNOWN ? json_integer((json_int_t)bounds[i].bytes)
                                                                 : json_null();
        json_t *partition = json_pack("{s:I, s:I, s:I, s:o}", "partition", (json_int_t)bounds[i].partition,
                                      "first_offset", (json_int_t)bounds[i].first_offset, "next_offset",
                                      (json_int_t)bounds[i].next_offset, "bytes", bytes);
        if (json_array_append_new(list, partition) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *description_new(const struct storage_topic *topic, const struct storage_partition_bounds *bounds) {
    char id[17];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)topic->id);
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "name", topic->name, "id", id, "created_at",
                     (json_int_t)topic->created_at_ms, "settings", settings_new(&topic->settings), "capabilities",
                     capabilities_new(topic->capabilities), "partitions",
                     partitions_new(bounds, topic->settings.partitions));
}

static void release(void *state) { topics_found_finish(&((struct describing *)state)->found); }

/* All topics in order; those that were deleted meanwhile are left out. NULL: no memory. */
static json_t *descriptions_new(const struct describing *describing) {
    const struct storage_partition_bounds *bounds = describing->bounds.partitions;
    json_t *list = json_array();
    for (size_t i = 0; i < describing->found.count; i++) {
        const struct storage_topic *topic = describing->found.items[i];
        if (bounds->ret_status == STATUS_OK && json_array_append_new(list, description_new(topic, bounds)) != 0) {
            json_decref(list);
            return NULL;
        }
        bounds += topic->settings.partitions;
    }
    return list;
}

static void answer(struct request *request, struct reply *reply) {
    const struct describing *describing = request->state;
    const struct topics_found *found = &describing->found;
    enum status s = describing->bounds.op.status;
    if (s == STATUS_OK && !describing->whole_list)
        s = describing->bounds.partitions->ret_status;
    if (s != STATUS_OK) {
        reply_status(reply, s, describing->bounds.op.detail);
    } else if (!describing->whole_list) {
        reply_json_take(reply, describing->http_status,
                        description_new(found->items[0], describing->bounds.partitions));
    } else {
        const char *next = found->more && found->count > 0 ? found->items[found->count - 1]->name : NULL;
        reply_json_take(reply, 200, json_pack("{s:o, s:s?}", "topics", descriptions_new(describing), "next", next));
    }
}

static void ask(struct request *request, struct reply *reply) {
    struct describing *describing = request->state;
    const struct topics_found *found = &describing->found;
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++)
        count += found->items[i]->settings.partitions;
    struct storage_partition_bounds *bounds = arena_array(&request->arena, count + 1, sizeof *bounds);
    if (bounds == NULL) {
        reply_no_memory(reply);
        return;
    }
    describing->bounds = (struct storage_bounds){ .op = request_op(request), .partitions = bounds, .count = count };
    for (size_t i = 0; i < found->count; i++) {
        storage_bounds_ask(bounds, found->items[i]->id, found->items[i]->settings.partitions);
        bounds += found->items[i]->settings.partitions;
    }
    request_wait(request, answer);
    gateway_bounds(request->gateway, &describing->bounds);
}

void describe_topic(struct request *request, struct reply *reply, struct storage_topic *topic, unsigned http_status) {
    struct describing *describing = request_state(request, sizeof *describing, release);
    if (describing == NULL) {
        storage_topic_unref(topic);
        return;
    }
    describing->single[0] = topic;
    describing->found = (struct topics_found){ .items = describing->single, .count = 1 };
    describing->http_status = http_status;
    ask(request, reply);
}

void describe_topics(struct request *request, struct reply *reply, struct topics_found *found) {
    struct describing *describing = request_state(request, sizeof *describing, release);
    if (describing == NULL) {
        topics_found_finish(found);
        return;
    }
    describing->found = *found;
    describing->whole_list = true;
    ask(request, reply);
}
