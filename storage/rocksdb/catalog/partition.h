/* One partition as the engine knows it in memory: where its log lies, from where to where it goes, who watches.
 * Counted: a read may still hold a partition whose topic is gone. */
#ifndef TAILRACE_STORAGE_ROCKSDB_CATALOG_PARTITION_H
#define TAILRACE_STORAGE_ROCKSDB_CATALOG_PARTITION_H

#include "base/references.h"
#include "storage/storage.h"

#include <stdatomic.h>

struct piece;

/* What the group that is being committed adds; zeroed outside of a commit. Guarded by the commit lock. */
struct partition_staged {
    bool active;
    uint64_t next_offset;
    uint64_t log_bytes;
    int64_t received_at_ms;
    struct piece *oldest;
    struct piece *newest;
    struct partition *touched_before; /* the other partitions of the group */
};

struct partition {
    atomic_uint references;
    uint32_t id;     /* of the store, never used again */
    uint32_t number; /* in its topic */
    unsigned slot;
    uint64_t topic_id;
    uint64_t version; /* of the catalogue that it came with */

    uint64_t
        hole_from; /* offsets at the head that the last start has passed over, up to hole_to: nothing lies there. Set then */
    uint64_t hole_to;

    _Atomic uint64_t first_offset;
    _Atomic uint64_t next_offset;     /* readers see what is below; moved under the commit lock, after the write */
    _Atomic uint64_t log_bytes;       /* of all batches ever */
    _Atomic uint64_t first_log_bytes; /* of those below first_offset */
    atomic_uint watchers;
    atomic_bool deleted;

    int64_t received_at_ms; /* of the newest batch; guarded by the commit lock, as the next two */
    uint64_t ceiling;       /* unsynced offsets below it may be seen; 0: none is durable */
    struct partition_staged staged;
};

/* With one reference; NULL when there is no memory. Any thread, as all here. */
struct partition *partition_new(uint64_t topic_id, uint32_t id, uint32_t number, unsigned slot, uint64_t version);
void partition_unref(struct partition *partition); /* NULL is fine */

static inline struct partition *partition_ref(struct partition *partition) {
    references_add(&partition->references);
    return partition;
}

#endif
