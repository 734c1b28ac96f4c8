/* Whether a write would be taken: the space that is left, and whether one has failed. */
#ifndef TAILRACE_STORAGE_ROCKSDB_HEALTH_H
#define TAILRACE_STORAGE_ROCKSDB_HEALTH_H

#include "storage/storage.h"

#include <pthread.h>

struct health {
    char *directory;
    uint64_t free_bytes_min;
    _Atomic int64_t refreshed_at_ms; /* free_bytes; monotonic */
    _Atomic uint64_t free_bytes;
    atomic_bool failed;                /* a write failed: none is taken any more, until the store is opened again */
    pthread_mutex_t lock;              /* a leaf */
    char reason[STORAGE_DETAIL_BYTES]; /* guarded by lock */
};

enum status health_init(struct health *health, const char *directory, uint64_t free_bytes_min);
void health_finish(struct health *health); /* fine when zeroed */

/* A write or its fsync has failed. Never retried: after a failed fsync nobody knows what the disk holds. */
void health_fail(struct health *health, const char *reason);

/* STATUS_OK, STATUS_READ_ONLY or STATUS_DISK_FULL with the reason. Looks at the file system at most once a second. */
enum status health_check(struct health *health, char detail[STORAGE_DETAIL_BYTES]);

#endif
