/* What creating, changing and deleting a topic have in common: each is a write of its own, made durable before it is
 * told. The functions that take an engine are for `run` and `answer` (work.h). */
#ifndef TAILRACE_STORAGE_ROCKSDB_TOPICS_TOPIC_WORK_H
#define TAILRACE_STORAGE_ROCKSDB_TOPICS_TOPIC_WORK_H

#include "storage/rocksdb/catalog/topic_entry.h"
#include "storage/rocksdb/log/work.h"

struct topic_work {
    struct work work;
    const char *name;
    struct storage_settings settings;
    unsigned which; /* of the settings, for an alteration */
    uint64_t topic_id;
    struct storage_topic **ret_topic; /* of the operation, or NULL */
    struct topic_entry *entry;        /* the outcome: a reference */
    bool changed;                     /* the catalogue; then hooks are told */
    bool gone;
    uint64_t version;
};

/* Makes a work that wants what the first members of `wanted` say (name may be NULL), and hands it to the committer.
 * STATUS_OK, or STATUS_NO_MEMORY and nothing was done. */
enum status topic_work_start(struct engine *engine, const struct work_kind *kind, struct storage_op *op,
                             const struct topic_work *wanted);
/* For the kinds of work: tells of the change, if there was one, and gives the topic to the operation. */
void topic_work_answer(struct engine *engine, struct work *base);
void topic_work_release(struct work *base);

/* STATUS_INVALID, or STATUS_UNSUPPORTED for what this engine cannot do. Any thread. */
enum status topic_settings_check(const struct storage_settings *settings);

/* Gives an entry its partitions from `from` on, writes it, and puts it into the table. Takes the reference, also when it
 * fails. */
enum status topic_work_write(struct engine *engine, struct topic_work *work, struct topic_entry *entry, uint32_t from);

#endif
