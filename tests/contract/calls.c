/* Operations as a test makes them: started on copies that are spoiled, waited for, kept until the end. */
#include "tests/contract/calls.h"

#include "base/memory.h"
#include "tests/contract/harness.h"
#include "tests/contract/lent.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct calls {
    pthread_mutex_t lock; /* guards newest and every call's done_count */
    pthread_cond_t done;
    struct call *newest;
};

/* As in harness.c: libcheck hands its tests no argument. */
static struct calls calls = { .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER };

static void call_done(void *context) {
    struct call *call = context;
    if (call->then != NULL)
        call->then(call);
    pthread_mutex_lock(&calls.lock);
    call->done_count++;
    pthread_cond_broadcast(&calls.done);
    pthread_mutex_unlock(&calls.lock);
}

struct call *call_new(enum call_kind kind) {
    struct call *call = mem_zero(1, sizeof *call);
    if (call == NULL)
        abort();
    call->kind = kind;
    call->op.done = call_done;
    call->op.context = call;
    call->op.status = STATUS_CORRUPT; /* which no test expects: the engine must set it */
    if (kind == CALL_BOUNDS) {
        call->bounds.partitions = call->partitions;
    } else if (kind == CALL_OFFSET_AT_TIME) {
        call->offset_at_time.partitions = call->times;
    } else if (kind == CALL_READ) {
        call->read.record_limit = RECORDS_ALL;
        call->read.byte_limit = BYTES_ALL;
    } else if (kind == CALL_GROUPS_LIST) {
        call->list.prefix = "";
        call->list.limit = RECORDS_ALL;
    }
    pthread_mutex_lock(&calls.lock);
    call->older = calls.newest;
    calls.newest = call;
    pthread_mutex_unlock(&calls.lock);
    return call;
}

/* Puts copies in the place of what the operation points to. */
static void call_lend(struct call *call, struct lent *lent) {
    switch (call->kind) {
    case CALL_APPEND: call->append.records = lent_records(lent, call->append.records, call->append.record_count); break;
    case CALL_TOPIC_CREATE:
        call->create.name = lent_text(lent, call->create.name);
        call->create.settings = lent_copy(lent, call->create.settings, sizeof *call->create.settings);
        break;
    case CALL_TOPIC_ALTER:
        call->alter.settings = lent_copy(lent, call->alter.settings, sizeof *call->alter.settings);
        break;
    case CALL_OFFSETS_COMMIT:
        call->commit.group = lent_text(lent, call->commit.group);
        call->commit.commits = lent_commits(lent, call->commit.commits, call->commit.commit_count);
        break;
    case CALL_OFFSETS_FETCH: call->fetch.group = lent_text(lent, call->fetch.group); break;
    case CALL_GROUPS_LIST:
        call->list.prefix = lent_text(lent, call->list.prefix);
        call->list.after = lent_text(lent, call->list.after);
        break;
    case CALL_GROUP_DELETE: call->group_delete.group = lent_text(lent, call->group_delete.group); break;
    case CALL_READ:
    case CALL_BOUNDS:
    case CALL_OFFSET_AT_TIME:
    case CALL_TOPIC_DELETE: break;
    }
}

void call_start(struct call *call) {
    struct storage *storage = under_test();
    const struct storage_ops *ops = storage->ops;
    struct lent lent = { 0 };
    call_lend(call, &lent);
    switch (call->kind) {
    case CALL_APPEND: ops->append(storage, &call->append); break;
    case CALL_READ: ops->read(storage, &call->read); break;
    case CALL_BOUNDS: ops->bounds(storage, &call->bounds); break;
    case CALL_OFFSET_AT_TIME: ops->offset_at_time(storage, &call->offset_at_time); break;
    case CALL_TOPIC_CREATE: ops->topic_create(storage, &call->create); break;
    case CALL_TOPIC_ALTER: ops->topic_alter(storage, &call->alter); break;
    case CALL_TOPIC_DELETE: ops->topic_delete(storage, &call->delete); break;
    case CALL_OFFSETS_COMMIT: ops->offsets_commit(storage, &call->commit); break;
    case CALL_OFFSETS_FETCH: ops->offsets_fetch(storage, &call->fetch); break;
    case CALL_GROUPS_LIST: ops->groups_list(storage, &call->list); break;
    case CALL_GROUP_DELETE: ops->group_delete(storage, &call->group_delete); break;
    }
    lent_spoil(&lent);
}

unsigned call_done_count(struct call *call) {
    pthread_mutex_lock(&calls.lock);
    unsigned count = call->done_count;
    pthread_mutex_unlock(&calls.lock);
    return count;
}

enum status call_wait(struct call *call) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    int failure = 0;
    pthread_mutex_lock(&calls.lock);
    while (call->done_count == 0 && failure == 0)
        failure = pthread_cond_timedwait(&calls.done, &calls.lock, &until);
    bool done = call->done_count > 0;
    pthread_mutex_unlock(&calls.lock);
    if (!done) {
        fprintf(stderr, "operation of kind %d is not done after %d ms\n", (int)call->kind, WAIT_MS);
        abort(); /* its memory belongs to the engine, and this may be a thread that cannot fail a test */
    }
    return call->op.status;
}

enum status call_run(struct call *call) {
    call_start(call);
    return call_wait(call);
}

void call_release(struct call *call) {
    switch (call->kind) {
    case CALL_READ: storage_read_finish(&call->read); break;
    case CALL_OFFSETS_FETCH: storage_offsets_fetch_finish(&call->fetch); break;
    case CALL_GROUPS_LIST: storage_groups_list_finish(&call->list); break;
    case CALL_TOPIC_CREATE: storage_topic_unref(take(&call->create.ret_topic)); break;
    case CALL_TOPIC_ALTER: storage_topic_unref(take(&call->alter.ret_topic)); break;
    case CALL_APPEND:
    case CALL_BOUNDS:
    case CALL_OFFSET_AT_TIME:
    case CALL_TOPIC_DELETE:
    case CALL_OFFSETS_COMMIT:
    case CALL_GROUP_DELETE: break;
    }
}

void calls_finish(void) {
    unsigned fewest = 1;
    unsigned most = 1;
    while (calls.newest != NULL) {
        struct call *call = calls.newest;
        calls.newest = call->older;
        unsigned count = call_done_count(call);
        fewest = count < fewest ? count : fewest;
        most = count > most ? count : most;
        call_release(call);
        mem_free(call->extents);
        mem_free(call);
    }
    ck_assert_msg(fewest == 1, "an operation was not done when the engine had closed");
    ck_assert_msg(most == 1, "an operation was done %u times", most);
}
