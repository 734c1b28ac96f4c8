/* The committer's queue and thread. Works of a kind that stages are written together, in one batch with one fsync;
 * while the disk is busy with one group the next gathers. */
#include "storage/rocksdb/log/committer.h"

#include "base/clock.h"
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/commit_group.h"

enum { GROUP_BYTES_MAX = 16 * 1024 * 1024 };

void committer_init(struct committer *committer, size_t queued_bytes_max) {
    *committer = (struct committer){ .queued_bytes_max = queued_bytes_max };
    committer->batch = rocksdb_writebatch_create();
    pthread_mutex_init(&committer->commit_lock, NULL);
    pthread_mutex_init(&committer->queue_lock, NULL);
    pthread_cond_init(&committer->arrived, NULL);
}

void committer_finish(struct committer *committer) {
    if (committer->batch == NULL)
        return;
    rocksdb_writebatch_destroy(committer->batch);
    pthread_mutex_destroy(&committer->commit_lock);
    pthread_mutex_destroy(&committer->queue_lock);
    pthread_cond_destroy(&committer->arrived);
    committer->batch = NULL;
}

/* Waits until there is work; false when there is none and will be none. */
static bool wait_for_work(struct committer *committer) {
    pthread_mutex_lock(&committer->queue_lock);
    while (committer->waiting.oldest == NULL && !committer->stopping)
        pthread_cond_wait(&committer->arrived, &committer->queue_lock);
    bool found = committer->waiting.oldest != NULL;
    pthread_mutex_unlock(&committer->queue_lock);
    return found;
}

/* The oldest works that can share a write, or one that cannot. Taken under the commit lock, so that nothing that came
 * later overtakes them. */
static struct work_list take_group(struct committer *committer) {
    struct work_list group = { 0 };
    size_t bytes = 0;
    pthread_mutex_lock(&committer->queue_lock);
    for (struct work *work; (work = committer->waiting.oldest) != NULL; bytes += work->bytes) {
        bool alone = work->kind->run != NULL;
        if (group.oldest != NULL && (alone || work->bytes > GROUP_BYTES_MAX - bytes))
            break;
        work_list_append(&group, work_list_take(&committer->waiting));
        if (alone || work->bytes >= GROUP_BYTES_MAX - bytes)
            break;
    }
    pthread_mutex_unlock(&committer->queue_lock);
    return group;
}

/* Whether a work may be written, as far as the disk goes. */
static enum status may_write(struct engine *engine, struct work *work) {
    enum status status = health_check(&engine->health, work->detail);
    if (status == STATUS_DISK_FULL && work->kind->frees_space) {
        work->detail[0] = '\0';
        status = STATUS_OK;
    }
    return status;
}

static enum status run_alone(struct engine *engine, struct work *work) {
    if (work->deadline_ms != 0 && clock_monotonic_ms() >= work->deadline_ms)
        return STATUS_TIMED_OUT;
    enum status status = may_write(engine, work);
    return status == STATUS_OK ? work->kind->run(engine, work) : status;
}

static void finish_all(struct engine *engine, struct work_list *works) {
    size_t bytes = 0;
    for (struct work *work = works->oldest; work != NULL; work = work->newer)
        bytes += work->bytes;
    pthread_mutex_lock(&engine->committer.queue_lock);
    engine->committer.queued_bytes -= bytes;
    pthread_mutex_unlock(&engine->committer.queue_lock);
    for (struct work *work; (work = work_list_take(works)) != NULL;)
        work_finish(engine, work, work->status);
}

static void *committer_main(void *context) {
    struct engine *engine = context;
    struct committer *committer = &engine->committer;
    while (wait_for_work(committer)) {
        pthread_mutex_lock(&committer->commit_lock);
        struct work_list works = take_group(committer);
        if (works.oldest != NULL && works.oldest->kind->run != NULL)
            works.oldest->status = run_alone(engine, works.oldest);
        else if (works.oldest != NULL)
            commit_group_run(engine, &works);
        pthread_mutex_unlock(&committer->commit_lock);
        finish_all(engine, &works);
    }
    return NULL;
}

enum status committer_start(struct engine *engine) {
    int failure = pthread_create(&engine->committer.thread, NULL, committer_main, engine);
    return failure == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

void committer_stop(struct engine *engine) {
    struct committer *committer = &engine->committer;
    pthread_mutex_lock(&committer->queue_lock);
    committer->stopping = true;
    pthread_cond_signal(&committer->arrived);
    pthread_mutex_unlock(&committer->queue_lock);
    pthread_join(committer->thread, NULL);
}

/* Under the lock of the queue. */
static bool reserve_locked(struct committer *committer, struct work *work) {
    size_t more = work->bytes - work->reserved;
    if (more > committer->queued_bytes_max - committer->queued_bytes)
        return false;
    committer->queued_bytes += more;
    work->reserved = work->bytes;
    return true;
}

enum status committer_reserve(struct engine *engine, struct work *work) {
    struct committer *committer = &engine->committer;
    pthread_mutex_lock(&committer->queue_lock);
    bool fits = reserve_locked(committer, work);
    pthread_mutex_unlock(&committer->queue_lock);
    return fits ? STATUS_OK : STATUS_OVERLOADED;
}

void committer_refuse(struct engine *engine, struct work *work, enum status status) {
    struct committer *committer = &engine->committer;
    pthread_mutex_lock(&committer->queue_lock);
    committer->queued_bytes -= work->reserved;
    pthread_mutex_unlock(&committer->queue_lock);
    work_finish(engine, work, status);
}

enum status committer_queue(struct engine *engine, struct work *work) {
    struct committer *committer = &engine->committer;
    enum status status = may_write(engine, work);
    if (status != STATUS_OK)
        return status;

    pthread_mutex_lock(&committer->queue_lock);
    bool fits = reserve_locked(committer, work);
    if (fits) {
        work_list_append(&committer->waiting, work);
        pthread_cond_signal(&committer->arrived);
    }
    pthread_mutex_unlock(&committer->queue_lock);
    return fits ? STATUS_OK : STATUS_OVERLOADED;
}

void committer_submit(struct engine *engine, struct work *work) {
    enum status status = committer_queue(engine, work);
    if (status != STATUS_OK)
        committer_refuse(engine, work, status);
}

enum status committer_submit_made(struct engine *engine, struct work *work, enum status made) {
    if (made == STATUS_OK)
        committer_submit(engine, work);
    else
        work_free(work);
    return made;
}

static bool queue_is_empty(struct committer *committer) {
    pthread_mutex_lock(&committer->queue_lock);
    bool empty = committer->waiting.oldest == NULL;
    pthread_mutex_unlock(&committer->queue_lock);
    return empty;
}

bool committer_try(struct engine *engine, struct work *work) {
    struct committer *committer = &engine->committer;
    if (pthread_mutex_trylock(&committer->commit_lock) != 0)
        return false;
    bool done = queue_is_empty(committer) && commit_group_try(engine, work);
    pthread_mutex_unlock(&committer->commit_lock);
    if (done)
        work_finish(engine, work, work->status);
    return done;
}

size_t committer_queued_bytes(struct engine *engine) {
    struct committer *committer = &engine->committer;
    pthread_mutex_lock(&committer->queue_lock);
    size_t bytes = committer->queued_bytes;
    pthread_mutex_unlock(&committer->queue_lock);
    return bytes;
}
