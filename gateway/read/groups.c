/* The steps of a group: what it has committed, then the bounds of each topic. One storage operation at a time. */
#include "gateway/read/groups.h"
#include "gateway/topics.h"

#include <stdio.h>
#include <stdlib.h>

static void group_fail(struct group *group, enum status status, const char *detail) {
    group->status = status;
    snprintf(group->detail, sizeof group->detail, "%s", detail);
}

static void group_run(struct group *group);
static void take_fetch(struct group *group);
static void take_bounds(struct group *group);

static void fetch_done(void *context) {
    struct group *group = context;
    if (handoff_meet(&group->handoff)) {
        take_fetch(group);
        group_run(group);
    }
}

static void bounds_done(void *context) {
    struct group *group = context;
    if (handoff_meet(&group->handoff)) {
        take_bounds(group);
        group_run(group);
    }
}

static void take_fetch(struct group *group) {
    if (group->fetch.op.status != STATUS_OK) {
        group_fail(group, group->fetch.op.status, group->fetch.op.detail);
        return;
    }
    group->offsets = arena_array(&group->memory, group->fetch.count, sizeof *group->offsets);
    group->bounds_found = arena_array(&group->memory, STORAGE_PARTITIONS_MAX, sizeof *group->bounds_found);
    if (group->offsets == NULL || group->bounds_found == NULL)
        group_fail(group, STATUS_NO_MEMORY, "out of memory for a group; retry later");
}

/* Where the topic `at` ends: what was fetched is ordered by topic. */
static size_t topic_end(const struct group *group) {
    const struct storage_committed *committed = group->fetch.committed;
    size_t end = group->at;
    while (end < group->fetch.count && committed[end].topic_id == committed[group->at].topic_id)
        end++;
    return end;
}

/* Retention may have taken what was not read yet, and a power cut what was. */
static uint64_t lag_of(uint64_t offset, const struct storage_partition_bounds *bounds) {
    uint64_t from = offset > bounds->first_offset ? offset : bounds->first_offset;
    return from < bounds->next_offset ? bounds->next_offset - from : 0;
}

static void add_offset(struct group *group, const struct storage_committed *committed) {
    uint64_t lag = lag_of(committed->offset, &group->bounds_found[committed->partition]);
    group->lag += lag;
    group->offsets[group->offset_count++] = (struct group_offset){ .topic = storage_topic_ref(group->topic),
                                                                   .partition = committed->partition,
                                                                   .offset = committed->offset,
                                                                   .lag = lag,
                                                                   .committed_at_ms = committed->committed_at_ms,
                                                                   .metadata = committed->metadata };
}

static void take_bounds(struct group *group) {
    enum status s = group->bounds.op.status;
    size_t end = topic_end(group);
    if (s == STATUS_OK) {
        for (size_t i = group->at; i < end; i++)
            if (group->fetch.committed[i].partition < group->bounds.ret_count)
                add_offset(group, &group->fetch.committed[i]);
    } else if (s != STATUS_TOPIC_NOT_FOUND) {
        group_fail(group, s, group->bounds.op.detail);
    }
    storage_topic_unref(group->topic);
    group->topic = NULL;
    group->at = end;
}

/* Moves to the next topic that is there; false: there is none. */
static bool next_topic(struct group *group) {
    while (group->status == STATUS_OK && group->at < group->fetch.count) {
        group->topic = topics_find_id(group->gateway->topics, group->fetch.committed[group->at].topic_id);
        if (group->topic != NULL)
            return true;
        group->at = topic_end(group);
    }
    return false;
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

static void group_run(struct group *group) {
    while (next_topic(group)) {
        group->bounds = (struct storage_bounds){ .op = { .done = bounds_done, .context = group },
                                                 .topic_id = group->topic->id,
                                                 .partitions = group->bounds_found,
                                                 .capacity = STORAGE_PARTITIONS_MAX };
        handoff_arm(&group->handoff);
        gateway_bounds(group->gateway, &group->bounds);
        if (!handoff_meet(&group->handoff))
            return; /* its done goes on */
        take_bounds(group);
    }
    group_end(group);
}

void group_describe(struct gateway *gateway, const char *name, struct group *group) {
    group->gateway = gateway;
    group->fetch = (struct storage_offsets_fetch){ .op = { .done = fetch_done, .context = group }, .group = name };
    handoff_arm(&group->handoff);
    gateway_offsets_fetch(gateway, &group->fetch);
    if (handoff_meet(&group->handoff)) {
        take_fetch(group);
        group_run(group);
    }
}

void group_finish(struct group *group) {
    for (size_t i = 0; i < group->offset_count; i++)
        storage_topic_unref(group->offsets[i].topic);
    group->offset_count = 0;
    storage_offsets_fetch_finish(&group->fetch);
    arena_finish(&group->memory);
}
