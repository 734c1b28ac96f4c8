/* Lookups: operations that read. Those in a log are tried at once on the calling thread with what lies in memory; what
 * needs the disk goes to a bounded pool of threads, so that no caller waits for it. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_READERS_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_READERS_H

#include "storage/rocksdb/catalog/topic_entry.h"
#include "storage/rocksdb/database/scan.h"

#include <pthread.h>

struct engine;
struct work;

struct lookup {
    struct lookup *next; /* in the queue; guarded by the lock of readers */
    struct storage_op *op;
    /* Does the work and fills in the operation, from the beginning each time it is called; or STATUS_OVERLOADED when
     * `memory_only` is set and not enough. */
    enum status (*run)(struct engine *engine, struct lookup *lookup);
    /* Releases what `run` has filled in; called before it, and after it has failed. May be NULL. */
    void (*clear)(struct storage_op *op);
    bool memory_only;
    bool try_memory;             /* `run` can tell an answer with parts missing from a whole one: see SCAN_MEMORY */
    struct topic_entry *entry;   /* a reference, or NULL; keeps the partition; `run` finds both */
    struct partition *partition; /* or NULL */
    const char *group;           /* what a lookup of groups asks for: the caller's text until it has to wait, then a */
    const char *after;           /* copy; may be NULL */
    char *copied_texts;
    /* Owned, or NULL: a write that must know something first. It is submitted when `run` has succeeded, and ended with its
     * status otherwise. */
    struct work *work;
    char detail[STORAGE_DETAIL_BYTES];
};

struct readers {
    pthread_mutex_t lock; /* a leaf */
    pthread_cond_t arrived;
    struct lookup *oldest; /* guarded by lock, as the next three */
    struct lookup *newest;
    size_t waiting;
    bool stopping;

    pthread_t *threads;
    unsigned thread_count; /* that run */
};

enum status readers_start(struct engine *engine, unsigned thread_count);
void readers_stop(struct engine *engine); /* when the queue is empty; fine when zeroed */

/* Lets a lookup in, runs it and ends it, now or later; with a status that is not STATUS_OK it ends with that. `lookup`
 * is copied when it has to wait. */
void lookup_start(struct engine *engine, struct lookup *lookup, enum status status);

/* Runs a lookup that a write needs first, then submits it or ends it. Its operation has been let in. */
void lookup_for_work(struct engine *engine, struct work *work,
                     enum status (*run)(struct engine *engine, struct lookup *lookup));

#endif
