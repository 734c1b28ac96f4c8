/* What the files of the memory engine share: its state, and the door that every operation goes through. */
#ifndef TAILRACE_STORAGE_MEMORY_ENGINE_H
#define TAILRACE_STORAGE_MEMORY_ENGINE_H

#include "storage/storage.h"

#include <pthread.h>

/* The log of one partition, which begins at 0. */
struct memory_partition {
    struct storage_record **records; /* in offset order; each one block: the record and all that it points to */
    size_t count;
    size_t capacity;
    uint64_t next_offset;   /* count, but in a weak engine, which leaves holes */
    int64_t received_at_ms; /* of the newest record */
    uint64_t bytes;
    size_t watchers;
    bool is_watched; /* there are watchers, and watching has begun */
};

struct memory_topic {
    struct storage_topic *description;
    struct memory_partition *partitions; /* description->settings.partitions of them */
};

/* What a group has committed for one partition: one block with its text. */
struct memory_commit {
    uint64_t topic_id;
    uint32_t partition;
    uint64_t offset;
    int64_t committed_at_ms;
    struct bytes metadata;
    char text[]; /* the metadata */
};

/* What a group has committed, which is never nothing. */
struct memory_group {
    struct memory_commit **commits; /* sorted by topic id and partition */
    size_t count;
    size_t capacity;
    char name[];
};

/* A change of the catalogue that on_topic has not announced yet, and the operation that ends when it has; NULL: of nobody
 * here. */
struct memory_change {
    struct memory_change *next;
    struct storage_topic *topic;
    bool gone;
    uint64_t version;
    struct storage_op *op;
};

/* What a weak engine does on its own thread: the end of an operation, and what on_change is to tell. */
struct memory_late {
    struct memory_late *next;
    enum { MEMORY_LATE_END, MEMORY_LATE_CHANGE, MEMORY_LATE_WATCH } kind;
    struct storage_op *op;
    enum status status;
    uint64_t topic_id;
    uint32_t partition;
    uint64_t next_offset;
};

struct memory_storage {
    struct storage storage; /* first: the seam's pointer is ours */
    bool is_weak;
    struct storage_hooks hooks;

    struct histogram commit_times; /* see storage_stats */

    pthread_mutex_t lock; /* guards all below; never held while a hook or `done` runs */
    pthread_cond_t idle;  /* running went to 0 */
    size_t running;       /* operations between enter and leave, and threads that tell of the catalogue */
    bool closing;

    struct memory_topic *topics; /* in order of creation; looked up by walking: there are few */
    size_t topic_count;
    size_t topic_capacity;
    uint64_t version;

    struct memory_change *changes; /* oldest first */
    struct memory_change **changes_end;
    bool announcing; /* a thread is at it; it goes on until there are none */

    struct memory_group **groups; /* sorted by name */
    size_t group_count;
    size_t group_capacity;

    struct memory_late *late; /* oldest first */
    struct memory_late **late_end;
    pthread_cond_t late_arrived;
    bool late_stopping;

    pthread_t late_thread;
};

static inline struct memory_storage *memory_engine(struct storage *storage) { return (struct memory_storage *)storage; }

/* Lets an operation in; or ends it (closing, past its deadline) and says false. */
bool memory_enter(struct memory_storage *engine, struct storage_op *op);
/* The other end, after `done`. The engine may be gone when it returns. */
void memory_leave(struct memory_storage *engine);

/* The thread of a weak engine. Stopping does first what waits. */
enum status memory_late_start(struct memory_storage *engine);
void memory_late_stop(struct memory_storage *engine);
/* Does this later, or at once when the engine is not weak. Without the lock. */
void memory_late_do(struct memory_storage *engine, const struct memory_late *what);
/* So ends what memory_enter let in: `done`, then memory_leave. */
void memory_end(struct memory_storage *engine, struct storage_op *op, enum status status);
/* Lets an operation in, runs it under the lock, and ends it. */
void memory_run(struct memory_storage *engine, struct storage_op *op,
                enum status (*run)(struct memory_storage *engine, void *operation), void *operation);

/* The array with room for `more` items behind `count`, perhaps elsewhere; NULL: no memory, and the old one stays. */
void *memory_grown(void *items, size_t *capacity, size_t count, size_t more, size_t item_bytes);

/* Under the lock, as long as the result is used; NULL when there is none. */
struct memory_topic *memory_topic_find(struct memory_storage *engine, uint64_t topic_id);
/* Under the lock. STATUS_TOPIC_NOT_FOUND or STATUS_PARTITION_NOT_FOUND. */
enum status memory_partition_find(struct memory_storage *engine, uint64_t topic_id, uint32_t partition,
                                  struct memory_partition **ret_partition);

void memory_topic_finish(struct memory_topic *topic);
void memory_partition_finish(struct memory_partition *partition);
void memory_groups_finish(struct memory_storage *engine);
/* Under the lock: forgets what groups committed for a topic. */
void memory_commits_drop_topic(struct memory_storage *engine, uint64_t topic_id);

/* The operations, as storage.h tells of them. */
void memory_append(struct storage *storage, struct storage_append *append);
void memory_read(struct storage *storage, struct storage_read *read);
void memory_bounds(struct storage *storage, struct storage_bounds *bounds);
void memory_offset_at_time(struct storage *storage, struct storage_offset_at_time *find);
void memory_topic_create(struct storage *storage, struct storage_topic_create *create);
void memory_topic_alter(struct storage *storage, struct storage_topic_alter *alter);
void memory_topic_delete(struct storage *storage, struct storage_topic_delete *delete);
void memory_offsets_commit(struct storage *storage, struct storage_offsets_commit *commit);
void memory_offsets_fetch(struct storage *storage, struct storage_offsets_fetch *fetch);
void memory_groups_list(struct storage *storage, struct storage_groups_list *list);
void memory_group_delete(struct storage *storage, struct storage_group_delete *delete);

#endif
