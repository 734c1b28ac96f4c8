/* The steps of a group: what it has committed, then the bounds of all those partitions. Each is one storage operation. */
#include "gateway/read/groups.h"
#include "gateway/topics.h"

#include <stdio.h>
#include <stdlib.h>

static void group_fail(struct group *group, enum status status, const char *detail) {
    group->status = status;
    snprintf(group->detail, sizeof group->detail, "%s", detail);
}

/* Retention may have taken what was not read yet, and a power cut what was. */
static uint64_t lag_of(uint64_t offset, const struct storage_partition_bounds *bounds) {
    uint64_t from = offset > bounds->first_offset ? offset : bounds->first_offset;
    return from < bounds->next_offset ? bounds->next_offset - from : 0;
}

/* Leaves out what topics had that are being deleted. */
static void take_bounds(struct group *group) {
    if (group->bounds.op.status != STATUS_OK) {
        group_fail(group, group->bounds.op.status, group->bounds.op.detail);
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < group->offset_count; i++) {
        struct group_offset *offset = &group->offsets[i];
        if (group->bounds.partitions[i].ret_status != STATUS_OK) {
            storage_topic_unref(offset->topic);
            continue;
        }
        offset->lag = lag_of(offset->offset, &group->bounds.partitions[i]);
        group->lag += offset->lag;
        group->offsets[kept++] = *offset;
    }
    group->offset_count = kept;
}

static int compare_offsets(const void *left, const void *right) {
    const struct group_offset *a = left;
    const struct group_offset *b = right;
    int order = strcmp(a->topic->name, b->topic->name);
    if (order != 0)
        return order;
    return a->partition < b->partition ? -1 : a->partition > b->partition;
}

static void group_end(struct group *group) {
    if (group->status == STATUS_OK && group->offset_count == 0)
        group->status = STATUS_GROUP_NOT_FOUND; /* all of it was of topics that are being deleted */
    if (group->offset_count > 0)
        qsort(group->offsets, group->offset_count, sizeof *group->offsets, compare_offsets);
    group->done(group->context);
}

static void bounds_done(void *context) {
    struct group *group = context;
    take_bounds(group);
    group_end(group);
}

/* What was fetched of topics that are there: an offset each, and the bounds to ask for it. */
static void list_offsets(struct group *group) {
    for (size_t i = 0; i < group->fetch.count; i++) {
        const struct storage_committed *committed = &group->fetch.committed[i];
        struct storage_topic *topic = topics_find_id(group->gateway->topics, committed->topic_id);
        if (topic == NULL)
            continue;
        struct storage_partition_bounds *bounds = &group->bounds.partitions[group->offset_count];
        bounds->topic_id = committed->topic_id;
        bounds->partition = committed->partition;
        group->offsets[group->offset_count++] = (struct group_offset){ .topic = topic,
                                                                       .partition = committed->partition,
                                                                       .offset = committed->offset,
                                                                       .committed_at_ms = committed->committed_at_ms,
                                                                       .metadata = committed->metadata };
    }
    group->bounds.count = group->offset_count;
}

static void fetch_done(void *context) {
    struct group *group = context;
    size_t count = group->fetch.count;
    if (group->fetch.op.status != STATUS_OK) {
        group_fail(group, group->fetch.op.status, group->fetch.op.detail);
        group_end(group);
        return;
    }
    group->bounds = (struct storage_bounds){ .op = { .done = bounds_done, .context = group } };
    group->bounds.partitions = arena_array(&group->memory, count, sizeof *group->bounds.partitions);
    group->offsets = arena_array(&group->memory, count, sizeof *group->offsets);
    if (group->offsets == NULL || group->bounds.partitions == NULL) {
        group_fail(group, STATUS_NO_MEMORY, "out of memory for a group; retry later");
        group_end(group);
        return;
    }
    list_offsets(group);
    gateway_bounds(group->gateway, &group->bounds);
}

void group_describe(struct gateway *gateway, const char *name, struct group *group) {
    group->gateway = gateway;
    group->fetch = (struct storage_offsets_fetch){ .op = { .done = fetch_done, .context = group }, .group = name };
    gateway_offsets_fetch(gateway, &group->fetch);
}

void group_finish(struct group *group) {
    for (size_t i = 0; i < group->offset_count; i++)
        storage_topic_unref(group->offsets[i].topic);
    group->offset_count = 0;
    storage_offsets_fetch_finish(&group->fetch);
    arena_finish(&group->memory);
}
