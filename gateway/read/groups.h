/* Consumer groups: what one has committed, and how far that is behind. Asynchronous, because storage may have to look
 * at the disk. */
#ifndef TAILRACE_GATEWAY_READ_GROUPS_H
#define TAILRACE_GATEWAY_READ_GROUPS_H

#include "gateway/gateway.h"

struct group_offset {
    struct storage_topic *topic; /* a reference of the group's */
    uint32_t partition;
    uint64_t offset;         /* the next one to read */
    uint64_t lag;            /* offsets from there, or from the first that is left, to the partition's next one */
    int64_t committed_at_ms; /* or STORAGE_TIME_NONE */
    struct bytes metadata;   /* or none */
};

struct group {
    void (*done)(void *context); /* called exactly once, any thread */
    void *context;               /* the caller's */

    /* Out. STATUS_OK; STATUS_GROUP_NOT_FOUND when nothing is committed; or another failure with `detail`. */
    enum status status;
    char detail[STORAGE_DETAIL_BYTES];
    struct group_offset *offsets; /* by topic name, then partition; what topics had that are gone is left out */
    size_t offset_count;
    uint64_t lag; /* of all of them */

    /* Internal. */
    struct gateway *gateway;
    struct arena memory;
    struct storage_offsets_fetch fetch;
    struct storage_bounds bounds; /* one partition for each of offsets */
};

/* Starts; calls done. `group` must be zeroed but for done and context; the name is copied. Any thread. */
void group_describe(struct gateway *gateway, const char *name, struct group *group);
void group_finish(struct group *group); /* also when it was never started */

#endif
