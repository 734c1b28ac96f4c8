/* Which consumer groups there are: the names that the keys of what they committed begin with. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/offsets/committed.h"

static bool begins_with(struct bytes name, const char *prefix) {
    size_t size = strlen(prefix);
    return name.size >= size && memcmp(name.data, prefix, size) == 0;
}

/* Adds the names from where the scan stands, stepping over all but the first key of each group; and over what was
 * committed for topics that are gone. */
static enum status gather_names(struct engine *engine, struct storage_groups_list *list, const char *prefix,
                                struct scan *scan, struct buffer *names, char detail[STORAGE_DETAIL_BYTES]) {
    while (scan_valid(scan)) {
        struct bytes name;
        uint64_t topic_id;
        uint32_t partition;
        if (!key_offsets_parse(scan_key(scan), &name, &topic_id, &partition))
            return committed_damaged(detail);
        if (!begins_with(name, prefix))
            return STATUS_OK;
        if (!topic_table_has(&engine->topics, topic_id)) {
            struct key behind = key_offsets_topic_end(name, topic_id);
            scan_seek(scan, &behind);
            continue;
        }
        if (list->count == list->limit) {
            list->ret_more = true;
            return STATUS_OK;
        }
        char *copy = arena_copy(&list->memory, name.data, name.size);
        if (copy == NULL)
            return STATUS_NO_MEMORY;
        buffer_append(names, &copy, sizeof copy);
        list->count++;
        struct key behind = key_offsets_group_end(copy);
        scan_seek(scan, &behind);
    }
    return STATUS_OK;
}

static void list_clear(struct storage_op *op) { storage_groups_list_finish((struct storage_groups_list *)op); }

static enum status list_run(struct engine *engine, struct lookup *lookup) {
    struct storage_groups_list *list = (struct storage_groups_list *)lookup->op;
    list->ret_more = false;
    autobuffer struct buffer names = { 0 }; /* of char * */

    struct key lower = key_offsets_prefix(lookup->group);
    struct key from = lookup->after != NULL ? key_offsets_group_end(lookup->after) : lower;
    autoscan struct scan scan = { 0 };
    scan_open(&scan, &engine->database, engine->database.offsets, lower, key_offsets_last(), SCAN_DISK);
    scan_seek(&scan, &from);

    enum status status = gather_names(engine, list, lookup->group, &scan, &names, lookup->detail);
    if (status == STATUS_OK)
        status = scan_end(&scan, lookup->detail);
    if (status == STATUS_OK && list->count > 0) {
        list->names = !names.failed ? (void *)arena_copy(&list->memory, names.data, names.size) : NULL;
        if (list->names == NULL)
            status = STATUS_NO_MEMORY;
    }
    return status;
}

void engine_groups_list(struct storage *storage, struct storage_groups_list *list) {
    storage_groups_list_init(list);
    bool too_long = strlen(list->prefix) > KEY_GROUP_BYTES_MAX ||
                    (list->after != NULL && strlen(list->after) > KEY_GROUP_BYTES_MAX);
    struct lookup lookup = {
        .op = &list->op, .run = list_run, .clear = list_clear, .group = list->prefix, .after = list->after
    };
    lookup_start(engine_of(storage), &lookup, too_long || list->limit == 0 ? STATUS_INVALID : STATUS_OK);
}
