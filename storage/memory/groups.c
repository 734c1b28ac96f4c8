/* What consumer groups have committed: groups sorted by name, each with its commits, sorted by topic and partition. A group is
 * there as long as it has commits. */
#include "base/clock.h"
#include "base/memory.h"
#include "storage/memory/engine.h"

/* The first place at or behind the name. */
static size_t group_search(const struct memory_storage *engine, const char *name) {
    size_t low = 0;
    size_t high = engine->group_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(engine->groups[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool group_is_at(const struct memory_storage *engine, size_t at, const char *name) {
    return at < engine->group_count && strcmp(engine->groups[at]->name, name) == 0;
}

/* NULL: it is not there. */
static struct memory_group *group_find(const struct memory_storage *engine, const char *name) {
    size_t at = group_search(engine, name);
    return group_is_at(engine, at, name) ? engine->groups[at] : NULL;
}

static int commit_compare(const struct memory_commit *commit, uint64_t topic_id, uint32_t partition) {
    if (commit->topic_id != topic_id)
        return commit->topic_id < topic_id ? -1 : 1;
    if (commit->partition != partition)
        return commit->partition < partition ? -1 : 1;
    return 0;
}

/* The first place at or behind the key. */
static size_t commit_search(const struct memory_group *group, uint64_t topic_id, uint32_t partition) {
    size_t low = 0;
    size_t high = group->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (commit_compare(group->commits[middle], topic_id, partition) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct memory_commit *commit_find(const struct memory_group *group, uint64_t topic_id, uint32_t partition) {
    size_t at = group != NULL ? commit_search(group, topic_id, partition) : 0;
    bool found = group != NULL && at < group->count && commit_compare(group->commits[at], topic_id, partition) == 0;
    return found ? group->commits[at] : NULL;
}

/* Removes what the group has of a topic (0: of all). Returns how many that were. */
static size_t commits_remove(struct memory_group *group, uint64_t topic_id) {
    size_t begin = topic_id != 0 ? commit_search(group, topic_id, 0) : 0;
    size_t end = topic_id != 0 ? commit_search(group, topic_id, UINT32_MAX) : group->count;
    for (size_t i = begin; i < end; i++)
        mem_free(group->commits[i]);
    memmove(group->commits + begin, group->commits + end, (group->count - end) * sizeof group->commits[0]);
    group->count -= end - begin;
    return end - begin;
}

static void group_free(struct memory_group *group) {
    for (size_t i = 0; i < group->count; i++)
        mem_free(group->commits[i]);
    mem_free(group->commits);
    mem_free(group);
}

void memory_groups_finish(struct memory_storage *engine) {
    for (size_t i = 0; i < engine->group_count; i++)
        group_free(engine->groups[i]);
    mem_free(engine->groups);
}

void memory_commits_drop_topic(struct memory_storage *engine, uint64_t topic_id) {
    size_t kept = 0;
    for (size_t i = 0; i < engine->group_count; i++) {
        struct memory_group *group = engine->groups[i];
        commits_remove(group, topic_id);
        if (group->count > 0)
            engine->groups[kept++] = group;
        else
            group_free(group);
    }
    engine->group_count = kept;
}

static struct memory_commit *commit_new(const struct storage_commit *from, int64_t now_ms) {
    struct memory_commit *commit = mem_alloc(sizeof *commit + from->metadata.size);
    if (commit == NULL)
        return NULL;
    *commit = (struct memory_commit){
        .topic_id = from->topic_id, .partition = from->partition, .offset = from->offset, .committed_at_ms = now_ms
    };
    if (bytes_present(from->metadata)) {
        commit->metadata = (struct bytes){ .data = commit->text, .size = from->metadata.size };
        if (from->metadata.size > 0)
            memcpy(commit->text, from->metadata.data, from->metadata.size);
    }
    return commit;
}

/* Whether one commit may be stored; a refusal is explained in `call`. Under the lock. */
static enum status commit_check(struct memory_storage *engine, struct storage_offsets_commit *call,
                                const struct memory_group *group, const struct storage_commit *commit) {
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
    const struct memory_commit *stored = commit_find(group, commit->topic_id, commit->partition);
    if (commit->has_expected && (stored == NULL || stored->offset != commit->expected)) {
        call->ret_stored_known = stored != NULL;
        call->ret_stored = stored != NULL ? stored->offset : 0;
        return STATUS_OFFSET_MISMATCH;
    }
    return STATUS_OK;
}

/* Puts a commit in its place; there is room for one more. Under the lock. */
static void commit_put(struct memory_group *group, struct memory_commit *commit) {
    size_t at = commit_search(group, commit->topic_id, commit->partition);
    struct memory_commit **place = &group->commits[at];
    if (at < group->count && commit_compare(*place, commit->topic_id, commit->partition) == 0) {
        mem_free(*place);
    } else {
        memmove(place + 1, place, (group->count - at) * sizeof *place);
        group->count++;
    }
    *place = commit;
}

/* The group with room for so many more commits, made if it is not there. NULL: no memory; a group that was made is gone again. */
static struct memory_group *group_with_room(struct memory_storage *engine, const char *name, size_t more) {
    size_t at = group_search(engine, name);
    struct memory_group *group = group_is_at(engine, at, name) ? engine->groups[at] : NULL;
    bool is_new = group == NULL;
    if (is_new) {
        struct memory_group **grown = memory_grown(engine->groups, &engine->group_capacity, engine->group_count, 1,
                                                   sizeof(struct memory_group *));
        if (grown == NULL)
            return NULL;
        engine->groups = grown;
        group = mem_zero(1, sizeof *group + strlen(name) + 1);
        if (group == NULL)
            return NULL;
        memcpy(group->name, name, strlen(name) + 1);
    }

    struct memory_commit **commits = memory_grown(group->commits, &group->capacity, group->count, more,
                                                  sizeof(struct memory_commit *));
    if (commits == NULL) {
        if (is_new)
            group_free(group);
        return NULL;
    }
    group->commits = commits;
    if (is_new) {
        memmove(engine->groups + at + 1, engine->groups + at, (engine->group_count - at) * sizeof engine->groups[0]);
        engine->groups[at] = group;
        engine->group_count++;
    }
    return group;
}

/* Checks all, then stores all; under the lock. On success the new commits belong to the engine. */
static enum status commits_store(struct memory_storage *engine, struct storage_offsets_commit *call,
                                 struct memory_commit **fresh) {
    const struct memory_group *stored = group_find(engine, call->group);
    for (size_t i = 0; i < call->commit_count; i++) {
        enum status status = commit_check(engine, call, stored, &call->commits[i]);
        if (status != STATUS_OK) {
            call->ret_failed = i;
            return status;
        }
    }
    struct memory_group *group = group_with_room(engine, call->group, call->commit_count);
    if (group == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < call->commit_count; i++)
        commit_put(group, take(&fresh[i]));
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
        else if (fresh == NULL || (fresh[i] = commit_new(&commit->commits[i], now_ms)) == NULL)
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

/* Copies the commits of a group out; NULL: no memory. Under the lock. */
static struct storage_committed *commits_copy(const struct memory_storage *engine, const struct memory_group *group,
                                              struct arena *memory) {
    struct storage_committed *committed = arena_array(memory, group->count, sizeof *committed);
    for (size_t i = 0; committed != NULL && i < group->count; i++) {
        const struct memory_commit *from = group->commits[i];
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
    const struct memory_group *group = group_find(engine, fetch->group);
    if (group == NULL)
        return STATUS_GROUP_NOT_FOUND;

    fetch->committed = commits_copy(engine, group, &fetch->memory);
    if (fetch->committed == NULL)
        return STATUS_NO_MEMORY;
    fetch->count = group->count;
    return STATUS_OK;
}

void memory_offsets_fetch(struct storage *storage, struct storage_offsets_fetch *fetch) {
    storage_offsets_fetch_init(fetch);
    memory_run(memory_engine(storage), &fetch->op, group_fetch, fetch);
}

/* Copies names out; under the lock. */
static enum status groups_collect(struct memory_storage *engine, void *operation) {
    struct storage_groups_list *list = operation;
    size_t begin = group_search(engine, list->prefix);
    if (list->after != NULL) {
        size_t behind = group_search(engine, list->after);
        behind += group_is_at(engine, behind, list->after);
        begin = behind > begin ? behind : begin;
    }
    size_t prefix_bytes = strlen(list->prefix);
    size_t end = begin;
    while (end < engine->group_count && end - begin < list->limit &&
           strncmp(engine->groups[end]->name, list->prefix, prefix_bytes) == 0)
        end++;

    char **names = arena_array(&list->memory, end - begin, sizeof *names);
    if (names == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = begin; i < end; i++) {
        const char *name = engine->groups[i]->name;
        names[i - begin] = arena_copy(&list->memory, name, strlen(name));
        if (names[i - begin] == NULL)
            return STATUS_NO_MEMORY;
    }
    list->names = names;
    list->count = end - begin;
    list->ret_more = end < engine->group_count && strncmp(engine->groups[end]->name, list->prefix, prefix_bytes) == 0;
    return STATUS_OK;
}

void memory_groups_list(struct storage *storage, struct storage_groups_list *list) {
    storage_groups_list_init(list);
    memory_run(memory_engine(storage), &list->op, groups_collect, list);
}

static enum status group_forget(struct memory_storage *engine, void *operation) {
    const struct storage_group_delete *delete = operation;
    size_t at = group_search(engine, delete->group);
    if (!group_is_at(engine, at, delete->group))
        return STATUS_GROUP_NOT_FOUND;
    struct memory_group *group = engine->groups[at];
    size_t removed = commits_remove(group, delete->topic_id);
    if (group->count == 0) {
        group_free(group);
        engine->group_count--;
        memmove(engine->groups + at, engine->groups + at + 1, (engine->group_count - at) * sizeof engine->groups[0]);
    }
    return removed > 0 ? STATUS_OK : STATUS_GROUP_NOT_FOUND;
}

void memory_group_delete(struct storage *storage, struct storage_group_delete *delete) {
    memory_run(memory_engine(storage), &delete->op, group_forget, delete);
}
