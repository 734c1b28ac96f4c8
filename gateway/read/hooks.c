/* What the engine tells, passed on to those who read. */
#include "gateway/read/hooks.h"

#include "gateway/read/waiters.h"
#include "gateway/topics.h"

static void on_topic(void *context, const struct storage_topic *topic, bool gone, uint64_t version) {
    struct gateway *gateway = context;
    topics_on_topic(gateway->topics, topic, gone, version);
    if (topic != NULL) /* nobody waits while storage opens */
        waiters_on_topic(gateway->waiters, topic);
}

static void on_change(void *context, uint64_t topic_id, uint32_t partition, uint64_t next_offset) {
    struct gateway *gateway = context;
    (void)next_offset;
    waiters_on_change(gateway->waiters, topic_id, partition);
}

struct storage_hooks gateway_hooks(struct gateway *gateway) {
    return (struct storage_hooks){ .context = gateway, .on_topic = on_topic, .on_change = on_change };
}
