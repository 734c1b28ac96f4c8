/* A group: works that are written with one WriteBatch, and the partitions whose heads it moves. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_COMMIT_GROUP_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_COMMIT_GROUP_H

#include "storage/rocksdb/catalog/partition.h"
#include "storage/rocksdb/log/work.h"

#include <rocksdb/c.h>

/* Encoded records of one partition and one request: a record batch is made of one or more. */
struct piece {
    struct piece *next; /* of the partition, in the order of their offsets */
    const char *data;
    size_t size;
    uint32_t count;
};

/* Lives under the commit lock. */
struct commit_group {
    rocksdb_writebatch_t *batch;
    struct work_list staged;
    struct partition *touched; /* newest first, linked by staged.touched_before */
    int64_t now_ms;
    int64_t began_us; /* monotonic */
    bool sync;
};

/* Commits works, all in one write, and sets the status of each. Commit lock held, as for all here. */
void commit_group_run(struct engine *engine, struct work_list *works);

/* Commits one work without waiting for anything, and sets its status. False: it could not be done so, and nothing
 * was. */
bool commit_group_try(struct engine *engine, struct work *work);

/* For `stage`: the next offset that the group will give out in a partition, which it touches from now on. */
uint64_t commit_group_touch(struct commit_group *group, struct partition *partition);
/* For `stage`: gives out the offsets of a piece in a partition that is touched. */
void commit_group_add(struct partition *partition, struct piece *piece);

/* A synced write beside all groups. Any failure stops all writes; STATUS_WRITE_UNKNOWN. */
enum status commit_alone(struct engine *engine, rocksdb_writebatch_t *batch, char detail[STORAGE_DETAIL_BYTES]);

#endif
