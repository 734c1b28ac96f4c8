/* How operations run and end: at once, or in a weak engine later, on a thread of its own, as in one that has to ask another
 * process. */
#include "base/memory.h"
#include "storage/memory/engine.h"

#include <time.h>

enum { DELAY_US = 20 }; /* long enough for the call that starts an operation to return before it ends */

/* Watching begins: with the head as of now, since nothing before was told. */
static void watch_begin(struct memory_storage *engine, const struct memory_late *what) {
    struct memory_partition *partition;
    pthread_mutex_lock(&engine->lock);
    bool begins = memory_partition_find(engine, what->topic_id, what->partition, &partition) == STATUS_OK &&
                  partition->watchers > 0 && !partition->is_watched;
    uint64_t head = 0;
    if (begins) {
        partition->is_watched = true;
        head = partition->next_offset;
    }
    pthread_mutex_unlock(&engine->lock);
    if (begins)
        engine->hooks.on_change(engine->hooks.context, what->topic_id, what->partition, head);
}

static void late_run(struct memory_storage *engine, const struct memory_late *what) {
    switch (what->kind) {
    case MEMORY_LATE_END:
        storage_op_done(what->op, what->status, NULL);
        memory_leave(engine);
        break;
    case MEMORY_LATE_CHANGE:
        engine->hooks.on_change(engine->hooks.context, what->topic_id, what->partition, what->next_offset);
        break;
    case MEMORY_LATE_WATCH: watch_begin(engine, what); break;
    }
}

/* The oldest; NULL when there is none and will be none. */
static struct memory_late *late_take(struct memory_storage *engine) {
    pthread_mutex_lock(&engine->lock);
    while (engine->late == NULL && !engine->late_stopping)
        pthread_cond_wait(&engine->late_arrived, &engine->lock);
    struct memory_late *what = engine->late;
    if (what != NULL)
        engine->late = what->next;
    if (engine->late == NULL)
        engine->late_end = &engine->late;
    pthread_mutex_unlock(&engine->lock);
    return what;
}

static void *late_main(void *context) {
    struct memory_storage *engine = context;
    for (struct memory_late *what; (what = late_take(engine)) != NULL;) {
        nanosleep(&(struct timespec){ .tv_nsec = DELAY_US * 1000 }, NULL);
        late_run(engine, what);
        mem_free(what);
    }
    return NULL;
}

void memory_late_do(struct memory_storage *engine, const struct memory_late *what) {
    struct memory_late *copy = engine->is_weak ? mem_alloc(sizeof *copy) : NULL;
    if (copy == NULL) { /* also of a weak engine that has no memory: what is not late is no fault */
        late_run(engine, what);
        return;
    }
    *copy = *what;
    copy->next = NULL;
    pthread_mutex_lock(&engine->lock);
    *engine->late_end = copy;
    engine->late_end = &copy->next;
    pthread_cond_signal(&engine->late_arrived);
    pthread_mutex_unlock(&engine->lock);
}

void memory_end(struct memory_storage *engine, struct storage_op *op, enum status status) {
    memory_late_do(engine, &(struct memory_late){ .kind = MEMORY_LATE_END, .op = op, .status = status });
}

void memory_run(struct memory_storage *engine, struct storage_op *op,
                enum status (*run)(struct memory_storage *engine, void *operation), void *operation) {
    if (!memory_enter(engine, op))
        return;
    pthread_mutex_lock(&engine->lock);
    enum status status = run(engine, operation);
    pthread_mutex_unlock(&engine->lock);
    memory_end(engine, op, status);
}

enum status memory_late_start(struct memory_storage *engine) {
    return pthread_create(&engine->late_thread, NULL, late_main, engine) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

void memory_late_stop(struct memory_storage *engine) {
    pthread_mutex_lock(&engine->lock);
    engine->late_stopping = true;
    pthread_cond_signal(&engine->late_arrived);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(engine->late_thread, NULL);
}
