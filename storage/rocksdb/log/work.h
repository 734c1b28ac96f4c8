/* A write that waits for the committer: one a request, with copies of all that it needs.
 *
 *   state    | moved on by
 *   made     | whoever brings it: committer_try writes it at once, or committer_queue queues it, or refuses it because
 *            | the queue is full or writes have stopped. If its kind must know something of the disk first, a lookup owns it
 *            | meanwhile, and queues it (readers.h)
 *   queued   | the committer's thread, which takes all that can share a write, or one that cannot (committer.c)
 *   taken    | the same thread, under the commit lock: refused (its deadline, or what `stage` or `run` finds), staged, or
 *            | with `run` written alone
 *   staged   | commit_group.c: written with all of its group, or failed with all of it
 *   ended    | work_finish, with no lock held: answered and freed */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_WORK_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_WORK_H

#include "storage/storage.h"

struct commit_group;
struct engine;
struct work;

/* What kinds of work differ in. A kind has either `stage` (it shares a group's write with others) or `run`. */
struct work_kind {
    /* Checks, and adds to the group's write. Anything but STATUS_OK: refused, nothing was added. Commit lock held. */
    enum status (*stage)(struct engine *engine, struct work *work, struct commit_group *group);
    /* Told how the write went that `stage` added to. Commit lock held. May be NULL; not for kinds that committer_try gets. */
    void (*written)(struct engine *engine, struct work *work, enum status status);
    /* Does all of it, the write too. Commit lock held. */
    enum status (*run)(struct engine *engine, struct work *work);
    /* Fills in what the operation gives back, just before `done`, and tells hooks. No lock held. */
    void (*answer)(struct engine *engine, struct work *work);
    /* Releases what is not in the arena; may be NULL. */
    void (*release)(struct work *work);
    bool frees_space; /* allowed on a full disk: it is the way out of it */
};

struct work {
    const struct work_kind *kind;
    struct work *newer; /* in the queue: guarded by its lock, afterwards the committer's, as the next */
    struct work *older;
    struct storage_op *op; /* NULL when it has been answered already */
    int64_t deadline_ms;
    size_t bytes;    /* counted against the queue */
    size_t reserved; /* of them, so many are */
    enum status status;
    char detail[STORAGE_DETAIL_BYTES];
    struct arena memory; /* all that the work points to */
};

/* A work of `size` bytes for the operation, zeroed but for its first member, the struct work. NULL: no memory. It is
 * ended by work_finish or work_free. */
void *work_new(size_t size, const struct work_kind *kind, struct storage_op *op);

/* First in, first out. Zero-initialise it. */
struct work_list {
    struct work *oldest;
    struct work *newest;
};

void work_list_append(struct work_list *list, struct work *work);
struct work *work_list_take(struct work_list *list); /* the oldest, or NULL */

/* Ends a work: answers its operation (if nobody has) and frees it. No lock held. */
void work_finish(struct engine *engine, struct work *work, enum status status);

/* Frees a work without an answer. */
void work_free(struct work *work);

#endif
