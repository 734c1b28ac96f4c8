/* What consumer groups have committed, in one sorted array: a group is a run in it, and so is a topic of a group. */
#include "base/clock.h"
#include "base/memory.h"
#include "storage/memory/engine.h"

static int commit_compare(const struct memory_commit *commit, const char *group, uint64_t topic_id,
                          uint32_t partition) {
    int order = strcmp(commit->group, group);
    if (order != 0)
        return order;
    if (commit->topic_id != topic_id)
        return commit->topic_id < topic_id ? -1 : 1;
    if (commit->partition != partition)
        return commit->partition < partition ? -1 : 1;
    return 0;
}

/* The first place at or behind the key. Topic ids are never 0, so (group, 0, 0) is where a group begins. */
static size_t commit_search(const struct memory_storage *engine, const char *group, uint64_t topic_id,
                            uint32_t partition) {
    size_t low = 0;
    size_t high = engine->commit_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (commit_compare(engine->commits[middle], group, topic_id, partition) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct memory_commit *commit_find(const struct memory_storage *engine, const char *group, uint64_t topic_id,
                                         uint32_t partition) {
    size_t at = commit_search(engine, group, topic_id, partition);
    bool found = at < engine->commit_count && commit_compare(engine->commits[at], group, topic_id, partition) == 0;
    return found ? engine->commits[at] : NULL;
}

static bool commit_is_of(const struct memory_commit *commit, const char *group, uint64_t topic_id) {
    return (group == NULL || strcmp(commit->group, group) == 0) && (topic_id == 0 || commit->topic_id == topic_id);
}

/* Removes all of a group (NULL: of every group) and a topic (0: of every topic). Returns how many that were. */
static size_t commits_remove(struct memory_storage *engine, const char *group, uint64_t topic_id) {
    size_t kept = 0;
    size_t before = engine->commit_count;
    for (size_t i = 0; i < engine->commit_count; i++)
        if (commit_is_of(engine->commits[i], group, topic_id))
            mem_free(engine->commits[i]);
        else
            engine->commits[kept++] = engine->commits[i];
    engine->commit_count = kept;
    return before - kept;
}

void memory_commits_drop_topic(struct memory_storage *engine, uint64_t topic_id) {
    commits_remove(engine, NULL, topic_id);
}

static struct memory_commit *commit_new(const char *group, const struct storage_commit *from, int64_t now_ms) {
    size_t group_bytes = strlen(group) + 1;
    struct memory_commit *commit = mem_alloc(sizeof *commit + group_bytes + from->metadata.size);
    if (commit == NULL)
        return NULL;
    *commit = (struct memory_commit){
        .topic_id = from->topic_id, .partition = from->partition, .offset = from->offset, .committed_at_ms = now_ms
    };
    memcpy(commit->group, group, group_bytes);
    if (bytes_present(from->metadata)) {
        commit->metadata = (struct bytes){ .data = commit->group + group_bytes, .size = from->metadata.size };
        if (from->metadata.size > 0)
            memcpy(commit->group + group_bytes, from->metadata.data, from->metadata.size);
    }
    return commit;
}

/* Whether one commit may be stored; a refusal is explained in `call`. Under the lock. */
static enum status commit_check(struct memory_storage *engine, struct storage_offsets_commit *call,
                                const struct storage_commit *commit) {
    struct memory_partition *partition;
    enum status status = memory_partition_find(engine, commit->topic_id, commit->partition, &partition);
    if (status != STATUS_OK)
        return status;
    if (commit->offset > partition->next_offset) {
        call->ret_stored = partition->next_offset;
        return STATUS_OFFSET_BEYOND;
    }
    if (commit->has_expected && engine->is_weak)
        return STATUS_UNSUPPORTED;
    const struct memory_commit *stored = commit_find(engine, call->group, commit->topic_id, commit->partition);
    if (commit->has_expected && (stored == NULL || stored->offset != commit->expected)) {
        call->ret_stored_known = stored != NULL;
        call->ret_stored = stored != NULL ? stored->offset : 0;
        return STATUS_OFFSET_MISMATCH;
    }
    return STATUS_OK;
}

/* Puts a commit in its place; there is room for one more. Under the lock. */
static void commit_put(struct memory_storage *engine, struct memory_commit *commit) {
    size_t at = commit_search(engine, commit->group, commit->topic_id, commit->partition);
    struct memory_commit **place = &engine->commits[at];
    if (at < engine->commit_count && commit_compare(*place, commit->group, commit->topic_id, commit->partition) == 0) {
        mem_free(*place);
    } else {
        memmove(place + 1, place, (engine->commit_count - at) * sizeof *place);
        engine->commit_count++;
    }
    *place = commit;
}

/* Checks all, then stores all; under the lock. On success the new commits belong to the engine. */
static enum status commits_store(struct memory_storage *engine, struct storage_offsets_commit *call,
                                 struct memory_commit **fresh) {
    for (size_t i = 0; i < call->commit_count; i++) {
        enum status status = commit_check(engine, call, &call->commits[i]);
        if (status != STATUS_OK) {
            call->ret_failed = i;
            return status;
        }
    }
    struct memory_commit **grown = memory_grown(engine->commits, &engine->commit_capacity, engine->commit_count,
                                                call->commit_count, sizeof(struct memory_commit *));
    if (grown == NULL)
        return STATUS_NO_MEMORY;
    engine->commits = grown;
    for (size_t i = 0; i < call->commit_count; i++)
        commit_put(engine, take(&fresh[i]));
    return STATUS_OK;
}

void memory_offsets_commit(struct storage *storage, struct storage_offsets_commit *commit) {
    struct memory_storage *engine = memory_engine(storage);
    commit->ret_failed = 0;
    commit->ret_stored_known = false;
    if (!memory_enter(engine, &commit->op))
        return;
    enum status status = commit->commit_count > 0 ? STATUS_OK : STATUS_INVALID;
    int64_t now_ms = clock_wall_ms();
    size_t count = commit->commit_count;
    struct memory_commit **fresh = count > 0 ? mem_zero(count, sizeof *fresh) : NULL;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (commit->commits[i].metadata.size > STORAGE_METADATA_BYTES_MAX)
            status = STATUS_INVALID;
        else if (fresh == NULL || (fresh[i] = commit_new(commit->group, &commit->commits[i], now_ms)) == NULL)
            status = STATUS_NO_MEMORY;
    }

    if (status == STATUS_OK) {
        pthread_mutex_lock(&engine->lock);
        status = commits_store(engine, commit, fresh);
        pthread_mutex_unlock(&engine->lock);
    }

    for (size_t i = 0; fresh != NULL && i < count; i++)
        mem_free(fresh[i]);
    mem_free(fresh);
    memory_end(engine, &commit->op, status);
}

/* Copies commits out, those from `begin` on; NULL: no memory. Under the lock. */
static struct storage_committed *commits_copy(const struct memory_storage *engine, size_t begin, size_t count,
                                              struct arena *memory) {
    struct storage_committed *committed = arena_array(memory, count, sizeof *committed);
    for (size_t i = 0; committed != NULL && i < count; i++) {
        const struct memory_commit *from = engine->commits[begin + i];
        committed[i] = (struct storage_committed){ .topic_id = from->topic_id,
                                                   .partition = from->partition,
                                                   .offset = from->offset,
                                                   .committed_at_ms = engine->is_weak ? STORAGE_TIME_NONE
                                                                                      : from->committed_at_ms };
        if (!bytes_present(from->metadata))
            continue;
        committed[i].metadata.data = arena_copy(memory, from->metadata.data, from->metadata.size);
        committed[i].metadata.size = from->metadata.size;
        if (committed[i].metadata.data == NULL)
            return NULL;
    }
    return committed;
}

/* What a group has committed; under the lock. */
static enum status group_fetch(struct memory_storage *engine, void *operation) {
    struct storage_offsets_fetch *fetch = operation;
    size_t begin = commit_search(engine, fetch->group, 0, 0);
    size_t count = 0;
    while (begin + count < engine->commit_count && commit_is_of(engine->commits[begin + count], fetch->group, 0))
        count++;
    if (count == 0)
        return STATUS_GROUP_NOT_FOUND;

    fetch->committed = commits_copy(engine, begin, count, &fetch->memory);
    if (fetch->committed == NULL)
        return STATUS_NO_MEMORY;
    fetch->count = count;
    return STATUS_OK;
}

void memory_offsets_fetch(struct storage *storage, struct storage_offsets_fetch *fetch) {
    storage_offsets_fetch_init(fetch);
    memory_run(memory_engine(storage), &fetch->op, group_fetch, fetch);
}

/* The place behind the run of commits that begins at `at` and shares its group. */
static size_t group_end(const struct memory_storage *engine, size_t at) {
    const char *group = engine->commits[at]->group;
    while (at < engine->commit_count && strcmp(engine->commits[at]->group, group) == 0)
        at++;
    return at;
}

/* Copies names out; under the lock. Walks twice: first to count, so that the array is made once. */
static enum status groups_collect(struct memory_storage *engine, void *operation) {
    struct storage_groups_list *list = operation;
    size_t begin = commit_search(engine, list->prefix, 0, 0);
    if (list->after != NULL) {
        size_t behind = commit_search(engine, list->after, UINT64_MAX, UINT32_MAX);
        begin = behind > begin ? behind : begin;
    }
    size_t prefix_bytes = strlen(list->prefix);
    size_t count = 0;
    bool more = false;
    for (size_t at = begin; at < engine->commit_count && !more; at = group_end(engine, at)) {
        if (strncmp(engine->commits[at]->group, list->prefix, prefix_bytes) != 0)
            break;
        if (count == list->limit)
            more = true;
        else
            count++;
    }

    char **names = arena_array(&list->memory, count, sizeof *names);
    if (names == NULL)
        return STATUS_NO_MEMORY;
    size_t at = begin;
    for (size_t i = 0; i < count; i++, at = group_end(engine, at)) {
        const char *group = engine->commits[at]->group;
        names[i] = arena_copy(&list->memory, group, strlen(group));
        if (names[i] == NULL)
            return STATUS_NO_MEMORY;
    }
    list->names = names;
    list->count = count;
    list->ret_more = more;
    return STATUS_OK;
}

void memory_groups_list(struct storage *storage, struct storage_groups_list *list) {
    storage_groups_list_init(list);
    memory_run(memory_engine(storage), &list->op, groups_collect, list);
}

static enum status group_forget(struct memory_storage *engine, void *operation) {
    const struct storage_group_delete *delete = operation;
    return commits_remove(engine, delete->group, delete->topic_id) > 0 ? STATUS_OK : STATUS_GROUP_NOT_FOUND;
}

void memory_group_delete(struct storage *storage, struct storage_group_delete *delete) {
    memory_run(memory_engine(storage), &delete->op, group_forget, delete);
}
