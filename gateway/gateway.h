/* The gateway: what the program is, between HTTP above and a storage engine below. */
#ifndef TAILRACE_GATEWAY_GATEWAY_H
#define TAILRACE_GATEWAY_GATEWAY_H

#include "gateway/limits.h"
#include "storage/storage.h"

struct budget;
struct polls;
struct read_failures;
struct tail;
struct topics;
struct waiters;

/* Built and taken down by main.c; the pointers are borrowed and outlive every request. */
struct gateway {
    struct storage *storage;
    struct topics *topics;
    struct waiters *waiters;
    struct polls *polls;
    struct tail *tail;
    struct read_failures *failures;
    struct budget *budget; /* of the memory that clients make the program take; NULL: without limits */
    struct limits limits;
    bool auto_create; /* posting to a topic that is not there makes it */
};

/* A topic that is being made. The caller fills in `create`, as for storage.h. */
struct topic_creation {
    struct storage_topic_create create;

    /* Internal. */
    struct gateway *gateway;
    void (*done)(void *context); /* the caller's, as the next one */
    void *context;
};

/* Makes a topic once the catalogue above storage has room for it, so that no stored topic is unknown there. Otherwise as
 * the operations below. */
void gateway_topic_create(struct gateway *gateway, struct topic_creation *creation);

/* The storage operations that need nothing added but a deadline: limits.request_timeout_ms from now. The caller has set
 * op.done and the arguments of the operation; see storage/storage.h. Any thread. */
void gateway_bounds(struct gateway *gateway, struct storage_bounds *call);
void gateway_offset_at_time(struct gateway *gateway, struct storage_offset_at_time *call);
void gateway_append(struct gateway *gateway, struct storage_append *call);
void gateway_topic_alter(struct gateway *gateway, struct storage_topic_alter *call);
void gateway_topic_delete(struct gateway *gateway, struct storage_topic_delete *call);
void gateway_offsets_commit(struct gateway *gateway, struct storage_offsets_commit *call);
void gateway_offsets_fetch(struct gateway *gateway, struct storage_offsets_fetch *call);
void gateway_groups_list(struct gateway *gateway, struct storage_groups_list *call);
void gateway_group_delete(struct gateway *gateway, struct storage_group_delete *call);

/* The same, and what is read comes out of the budget. */
void gateway_read(struct gateway *gateway, struct storage_read *call);

/* STATUS_OK when a write would be taken now; else why not, with a sentence. */
enum status gateway_health(struct gateway *gateway, char *ret_detail, size_t detail_bytes);

/* What storage counts of itself. */
void gateway_stats(struct gateway *gateway, struct storage_stats *ret_stats);

#endif
