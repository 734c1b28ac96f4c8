/* What creating, changing and deleting a topic have in common: each is a write of its own, made durable before it is
 * told. The functions that take an engine are for `run` and `answer` (work.h). */
#ifndef TAILRACE_STORAGE_ROCKSDB_TOPICS_TOPIC_WORK_H
#define TAILRACE_STORAGE_ROCKSDB_TOPICS_TOPIC_WORK_H

#include "storage/rocksdb/catalog/topic_entry.h"
#include "storage/rocksdb/log/work.h"

struct topic_work {
    struct work work;
    char *name;
    struct storage_settings settings;
    unsigned which; /* of the settings, for an alteration */
    uint64_t topic_id;
    struct topic_entry *entry; /* the outcome: a reference */
    bool changed;              /* the catalogue; then hooks are told */
    uint64_t version;
};

/* `name` may be NULL; NULL when there is no memory. */
struct topic_work *topic_work_new(const struct work_kind *kind, struct storage_op *op, uint64_t topic_id,
                                  const char *name);
void topic_work_release(struct work *base);

/* STATUS_INVALID, or STATUS_UNSUPPORTED for what this engine cannot do. Any thread. */
enum status topic_settings_check(const struct storage_settings *settings);

/* Gives an entry its partitions from `from` on, writes it, and puts it into the table, which takes the reference on
 * success. */
enum status topic_work_write(struct engine *engine, struct topic_work *work, struct topic_entry *entry, uint32_t from);

/* Tells of the change, if there was one. */
void topic_work_tell(struct engine *engine, const struct topic_work *work, bool gone);

#endif
