/* The beginning and the end of a work, and lists of them. */
#include "storage/rocksdb/log/work.h"

#include "base/memory.h"

void *work_new(size_t size, const struct work_kind *kind, struct storage_op *op) {
    struct work *work = mem_zero(1, size);
    if (work == NULL)
        return NULL;
    work->kind = kind;
    work->op = op;
    work->deadline_ms = op->deadline_ms;
    work->bytes = size;
    return work;
}

void work_list_append(struct work_list *list, struct work *work) {
    work->newer = NULL;
    work->older = list->newest;
    struct work **behind = list->newest != NULL ? &list->newest->newer : &list->oldest;
    *behind = work;
    list->newest = work;
}

struct work *work_list_take(struct work_list *list) {
    struct work *work = list->oldest;
    if (work == NULL)
        return NULL;
    list->oldest = work->newer;
    if (list->oldest != NULL)
        list->oldest->older = NULL;
    else
        list->newest = NULL;
    work->newer = NULL;
    return work;
}

void work_finish(struct engine *engine, struct work *work, enum status status) {
    work->status = status;
    if (work->op != NULL) {
        if (work->kind->answer != NULL)
            work->kind->answer(engine, work);
        storage_op_done(work->op, status, "%s", work->detail);
    }
    work_free(work);
}

void work_free(struct work *work) {
    if (work->kind->release != NULL)
        work->kind->release(work);
    arena_finish(&work->memory);
    mem_free(work);
}
