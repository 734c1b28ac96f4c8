/* Storage operations with what the gateway adds to them: a deadline, and room for what they make. */
#include "gateway/gateway.h"

#include "base/clock.h"
#include "gateway/topics.h"

static void set_deadline(const struct gateway *gateway, struct storage_op *op) {
    op->deadline_ms = clock_monotonic_ms() + gateway->limits.request_timeout_ms;
}

void gateway_bounds(struct gateway *gateway, struct storage_bounds *bounds) {
    set_deadline(gateway, &bounds->op);
    gateway->storage->ops->bounds(gateway->storage, bounds);
}

void gateway_offset_at_time(struct gateway *gateway, struct storage_offset_at_time *find) {
    set_deadline(gateway, &find->op);
    gateway->storage->ops->offset_at_time(gateway->storage, find);
}

void gateway_read(struct gateway *gateway, struct storage_read *read) {
    set_deadline(gateway, &read->op);
    gateway->storage->ops->read(gateway->storage, read);
}

void gateway_append(struct gateway *gateway, struct storage_append *append) {
    set_deadline(gateway, &append->op);
    gateway->storage->ops->append(gateway->storage, append);
}

static void creation_done(void *context) {
    struct topic_creation *creation = context;
    topics_unreserve(creation->gateway->topics); /* the hook has added it by now */
    creation->done(creation->context);
}

void gateway_topic_create(struct gateway *gateway, struct topic_creation *creation) {
    struct storage_op *op = &creation->create.op;
    if (topics_reserve(gateway->topics) != STATUS_OK) {
        storage_op_done(op, STATUS_NO_MEMORY, NULL);
        return;
    }
    creation->gateway = gateway;
    creation->done = op->done;
    creation->context = op->context;
    op->done = creation_done;
    op->context = creation;
    set_deadline(gateway, op);
    gateway->storage->ops->topic_create(gateway->storage, &creation->create);
}

void gateway_topic_alter(struct gateway *gateway, struct storage_topic_alter *alter) {
    set_deadline(gateway, &alter->op);
    gateway->storage->ops->topic_alter(gateway->storage, alter);
}

void gateway_topic_delete(struct gateway *gateway, struct storage_topic_delete *delete) {
    set_deadline(gateway, &delete->op);
    gateway->storage->ops->topic_delete(gateway->storage, delete);
}

void gateway_offsets_commit(struct gateway *gateway, struct storage_offsets_commit *commit) {
    set_deadline(gateway, &commit->op);
    gateway->storage->ops->offsets_commit(gateway->storage, commit);
}

void gateway_offsets_fetch(struct gateway *gateway, struct storage_offsets_fetch *fetch) {
    set_deadline(gateway, &fetch->op);
    gateway->storage->ops->offsets_fetch(gateway->storage, fetch);
}

void gateway_groups_list(struct gateway *gateway, struct storage_groups_list *list) {
    set_deadline(gateway, &list->op);
    gateway->storage->ops->groups_list(gateway->storage, list);
}

void gateway_group_delete(struct gateway *gateway, struct storage_group_delete *delete) {
    set_deadline(gateway, &delete->op);
    gateway->storage->ops->group_delete(gateway->storage, delete);
}

void gateway_stats(struct gateway *gateway, struct storage_stats *ret_stats) {
    gateway->storage->ops->stats(gateway->storage, ret_stats);
}

enum status gateway_health(struct gateway *gateway, char *ret_detail, size_t detail_bytes) {
    return gateway->storage->ops->health(gateway->storage, ret_detail, detail_bytes);
}
