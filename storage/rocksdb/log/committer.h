/* The committer: the queue of writes, the one thread that commits them in groups, and the lock that makes it the
 * only one to write. The catalogue, the offsets and the heads of partitions have one writer at a time: who holds the
 * commit lock. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_COMMITTER_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_COMMITTER_H

#include "storage/rocksdb/log/work.h"

#include <pthread.h>
#include <rocksdb/c.h>

struct committer {
    pthread_mutex_t commit_lock; /* taken before queue_lock */
    rocksdb_writebatch_t *batch; /* guarded by commit_lock; kept for its memory */

    pthread_mutex_t queue_lock; /* a leaf */
    pthread_cond_t arrived;
    struct work_list waiting; /* guarded by queue_lock, as the next three */
    size_t queued_bytes; /* of waiting, of works that are still looked up for, and of the group that is being written */
    size_t queued_bytes_max;
    bool stopping; /* what waits is still written */

    pthread_t thread;
};

void committer_init(struct committer *committer, size_t queued_bytes_max);
enum status committer_start(struct engine *engine);
void committer_stop(struct engine *engine);         /* when the queue is empty; only when started */
void committer_finish(struct committer *committer); /* fine when zeroed */

/* Queues a work. STATUS_OK: the committer has it. STATUS_OVERLOADED, STATUS_READ_ONLY, STATUS_DISK_FULL: it is still
 * the caller's, and work->detail says why. Never waits. Any thread. */
enum status committer_queue(struct engine *engine, struct work *work);

/* Queues a work, or ends it with the status that committer_queue refused it with. Any thread. */
void committer_submit(struct engine *engine, struct work *work);

/* Room in the queue for the bytes of a work that comes later; again, when it has more of them by then. STATUS_OVERLOADED: there
 * is none. Any thread, as the next. */
enum status committer_reserve(struct engine *engine, struct work *work);
/* Ends a work that is not queued, and gives its room back. */
void committer_refuse(struct engine *engine, struct work *work, enum status status);

/* Submits a work that could be made whole; else frees it. Returns `made`. Any thread. */
enum status committer_submit_made(struct engine *engine, struct work *work, enum status made);

/* Commits an unsynced work at once on the calling thread, if nothing waits and nothing has to be waited for, and
 * ends it. False: it must be queued. Any thread. */
bool committer_try(struct engine *engine, struct work *work);

/* Bytes of the works that wait or are being written. Any thread. */
size_t committer_queued_bytes(struct engine *engine);

#endif
