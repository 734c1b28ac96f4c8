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

void partition_unref(struct partition *partition) {
    if (partition != NULL && references_drop(&partition->references))
        mem_free(partition);
}
