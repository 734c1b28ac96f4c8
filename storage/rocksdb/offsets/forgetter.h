/* The forgetter: a thread that removes what groups had committed for topics that are gone, in between other writes.
 *
 * Deleting a topic writes a mark (keys.h: CATALOG_FORGOTTEN) with the deletion itself. From then on nobody commits for
 * the topic, since its id is never used again, and nobody is shown what was committed, since readers look whether a
 * topic is there. So the rest may be done at any time: looked for without a lock, written a little at a time, and taken up
 * again at the next opening when it was cut off. A mark goes with or behind the last of what it stands for. */
#ifndef TAILRACE_STORAGE_ROCKSDB_OFFSETS_FORGETTER_H
#define TAILRACE_STORAGE_ROCKSDB_OFFSETS_FORGETTER_H

#include "base/status.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct engine;

struct forgetter {
    pthread_mutex_t lock; /* a leaf */
    pthread_cond_t changed;
    bool wanted; /* there may be marks; guarded by lock */
    atomic_bool stopping;
    bool started;
    pthread_t thread;
};

/* Starts with the marks that the last run has left. One thread, as the next. */
enum status forgetter_start(struct engine *engine);
void forgetter_stop(struct engine *engine); /* what is left stays marked; fine when it was never started */

/* There is a new mark. Any thread; never waits. */
void forgetter_wake(struct engine *engine);

#endif
