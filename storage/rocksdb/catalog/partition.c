/* One partition as the engine knows it in memory. */
#include "storage/rocksdb/catalog/partition.h"

#include "base/memory.h"

struct partition *partition_new(uint64_t topic_id, uint32_t id, uint32_t number, unsigned slot, uint64_t version) {
    struct partition *partition = mem_zero(1, sizeof *partition);
    if (partition == NULL)
        return NULL;
    atomic_init(&partition->references, 1);
    partition->topic_id = topic_id;
    partition->id = id;
    partition->number = number;
    partition->slot = slot;
    partition->version = version;
    return partition;
}

struct partition *partition_ref(struct partition *partition) {
    atomic_fetch_add_explicit(&partition->references, 1, memory_order_relaxed);
    return partition;
}

void partition_unref(struct partition *partition) {
    if (partition != NULL && atomic_fetch_sub_explicit(&partition->references, 1, memory_order_acq_rel) == 1)
        mem_free(partition);
}
