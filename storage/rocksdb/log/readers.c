/* Lookups and the pool of threads for those that need the disk. */
#include "storage/rocksdb/log/readers.h"

#include "base/clock.h"
#include "base/memory.h"
#include "storage/rocksdb/engine.h"

enum { LOOKUPS_WAITING_MAX = 4096 };

static void lookup_end(struct engine *engine, struct lookup *lookup, enum status status) {
    topic_entry_unref(lookup->entry);
    mem_free(lookup->copied_texts);
    if (lookup->work == NULL)
        storage_op_done(lookup->op, status, "%s", lookup->detail);
    else if (status == STATUS_OK)
        committer_submit(engine, lookup->work);
    else
        committer_refuse(engine, lookup->work, status);
}

static enum status lookup_run(struct engine *engine, struct lookup *lookup) {
    if (lookup->clear != NULL)
        lookup->clear(lookup->op);
    enum status status = lookup->run(engine, lookup);
    if (status != STATUS_OK && lookup->clear != NULL)
        lookup->clear(lookup->op);
    return status;
}

/* Copies what the caller need not keep once the starting call has returned. */
static enum status copy_texts(struct lookup *lookup) {
    if (lookup->group == NULL)
        return STATUS_OK;
    size_t group_size = strlen(lookup->group) + 1;
    size_t after_size = lookup->after != NULL ? strlen(lookup->after) + 1 : 0;
    lookup->copied_texts = mem_alloc(group_size + after_size);
    if (lookup->copied_texts == NULL)
        return STATUS_NO_MEMORY;
    lookup->group = memcpy(lookup->copied_texts, lookup->group, group_size);
    if (lookup->after != NULL)
        lookup->after = memcpy(lookup->copied_texts + group_size, lookup->after, after_size);
    return STATUS_OK;
}

static void run_from_disk(struct engine *engine, struct lookup *lookup) {
    bool late = lookup->op->deadline_ms != 0 && clock_monotonic_ms() >= lookup->op->deadline_ms;
    lookup_end(engine, lookup, late ? STATUS_TIMED_OUT : lookup_run(engine, lookup));
    mem_free(lookup);
}

/* The next lookup; NULL when there will be none. */
static struct lookup *wait_for_lookup(struct readers *readers) {
    pthread_mutex_lock(&readers->lock);
    while (readers->oldest == NULL && !readers->stopping)
        pthread_cond_wait(&readers->arrived, &readers->lock);
    struct lookup *lookup = readers->oldest;
    if (lookup != NULL) {
        readers->oldest = lookup->next;
        if (readers->oldest == NULL)
            readers->newest = NULL;
        readers->waiting--;
    }
    pthread_mutex_unlock(&readers->lock);
    return lookup;
}

static void *reader_main(void *context) {
    struct engine *engine = context;
    for (struct lookup *lookup; (lookup = wait_for_lookup(&engine->readers)) != NULL;)
        run_from_disk(engine, lookup);
    return NULL;
}

enum status readers_start(struct engine *engine, unsigned thread_count) {
    struct readers *readers = &engine->readers;
    pthread_t *threads = mem_zero(thread_count, sizeof *threads);
    if (threads == NULL)
        return STATUS_NO_MEMORY;
    *readers = (struct readers){ .threads = threads };
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->arrived, NULL);
    while (readers->thread_count < thread_count) {
        if (pthread_create(&threads[readers->thread_count], NULL, reader_main, engine) != 0)
            return STATUS_NO_MEMORY;
        readers->thread_count++;
    }
    return STATUS_OK;
}

void readers_stop(struct engine *engine) {
    struct readers *readers = &engine->readers;
    if (readers->threads == NULL)
        return;
    pthread_mutex_lock(&readers->lock);
    readers->stopping = true;
    pthread_cond_broadcast(&readers->arrived);
    pthread_mutex_unlock(&readers->lock);
    for (unsigned i = 0; i < readers->thread_count; i++)
        pthread_join(readers->threads[i], NULL);
    pthread_mutex_destroy(&readers->lock);
    pthread_cond_destroy(&readers->arrived);
    mem_free(readers->threads);
    readers->threads = NULL;
}

static bool pool_take(struct readers *readers, struct lookup *lookup) {
    pthread_mutex_lock(&readers->lock);
    bool fits = readers->waiting < LOOKUPS_WAITING_MAX;
    if (fits) {
        if (readers->newest != NULL)
            readers->newest->next = lookup;
        else
            readers->oldest = lookup;
        readers->newest = lookup;
        readers->waiting++;
        pthread_cond_signal(&readers->arrived);
    }
    pthread_mutex_unlock(&readers->lock);
    return fits;
}

/* From memory where that may be enough, else by the pool. */
static void run_or_queue(struct engine *engine, struct lookup *lookup, enum status status) {
    lookup->memory_only = lookup->try_memory;
    if (status == STATUS_OK)
        status = lookup->try_memory ? lookup_run(engine, lookup) : STATUS_OVERLOADED;
    if (status != STATUS_OVERLOADED) {
        lookup_end(engine, lookup, status);
        return;
    }
    lookup->memory_only = false;
    lookup->detail[0] = '\0';
    struct lookup *waiting = copy_texts(lookup) == STATUS_OK ? mem_alloc(sizeof *waiting) : NULL;
    if (waiting == NULL) {
        lookup_end(engine, lookup, STATUS_NO_MEMORY);
        return;
    }
    *waiting = *lookup;
    if (pool_take(&engine->readers, waiting))
        return;
    lookup_end(engine, lookup, STATUS_OVERLOADED);
    mem_free(waiting);
}

void lookup_start(struct engine *engine, struct lookup *lookup, enum status status) {
    if (!engine_enter(engine, lookup->op))
        return;
    run_or_queue(engine, lookup, status);
    engine_leave(engine);
}

void lookup_for_work(struct engine *engine, struct work *work,
                     enum status (*run)(struct engine *engine, struct lookup *lookup)) {
    struct lookup lookup = { .op = work->op, .run = run, .work = work };
    enum status status = committer_reserve(engine, work);
    if (status == STATUS_OK)
        run_or_queue(engine, &lookup, STATUS_OK);
    else
        committer_refuse(engine, work, status);
}
