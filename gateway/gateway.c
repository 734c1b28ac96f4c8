/* Storage operations with what the gateway adds to them: a deadline, and room for what they make. */
#include "gateway/gateway.h"

#include "base/clock.h"
#include "gateway/topics.h"

static void set_deadline(const struct gateway *gateway, struct storage_op *op) {
    op->deadline_ms = clock_monotonic_ms() + gateway->limits.request_timeout_ms;
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

/* What needs nothing added but a deadline, by the name that storage.h gives it. */
#define START_WITH_DEADLINE(operation)                                                                                 \
    void gateway_##operation(struct gateway *gateway, struct storage_##operation *call) {                              \
        set_deadline(gateway, &call->op);                                                                              \
        gateway->storage->ops->operation(gateway->storage, call);                                                      \
    }

START_WITH_DEADLINE(append)
START_WITH_DEADLINE(bounds)
START_WITH_DEADLINE(group_delete)
START_WITH_DEADLINE(groups_list)
START_WITH_DEADLINE(offset_at_time)
START_WITH_DEADLINE(offsets_commit)
START_WITH_DEADLINE(offsets_fetch)
START_WITH_DEADLINE(topic_alter)
START_WITH_DEADLINE(topic_delete)

void gateway_read(struct gateway *gateway, struct storage_read *call) {
    arena_charge(&call->memory, gateway->budget, BUDGET_PAGES);
    set_deadline(gateway, &call->op);
    gateway->storage->ops->read(gateway->storage, call);
}

void gateway_stats(struct gateway *gateway, struct storage_stats *ret_stats) {
    gateway->storage->ops->stats(gateway->storage, ret_stats);
}

enum status gateway_health(struct gateway *gateway, char *ret_detail, size_t detail_bytes) {
    return gateway->storage->ops->health(gateway->storage, ret_detail, detail_bytes);
}
