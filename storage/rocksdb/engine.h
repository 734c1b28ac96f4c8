/* What the files of the RocksDB engine share: its state, and the door that every operation goes through. */
#ifndef TAILRACE_STORAGE_ROCKSDB_ENGINE_H
#define TAILRACE_STORAGE_ROCKSDB_ENGINE_H

#include "storage/rocksdb/catalog/topic_table.h"
#include "storage/rocksdb/database/database.h"
#include "storage/rocksdb/health.h"
#include "storage/rocksdb/log/committer.h"
#include "storage/rocksdb/log/readers.h"
#include "storage/rocksdb/offsets/compared.h"
#include "storage/rocksdb/offsets/forgetter.h"

struct engine {
    struct storage storage; /* first: the seam's pointer is ours */
    struct storage_hooks hooks;
    struct database database;
    struct health health;
    struct topic_table topics;
    struct committer committer;
    struct readers readers;
    struct compared_table compared;
    struct forgetter forgetter;
    struct histogram commits; /* see storage_stats */
    struct histogram fsyncs;
    atomic_bool closing;
    atomic_size_t running; /* calls between enter and leave */
};

static inline struct engine *engine_of(struct storage *storage) { return (struct engine *)storage; }

/* Lets an operation in; or ends it (closing, past its deadline) and says false. */
bool engine_enter(struct engine *engine, struct storage_op *op);
void engine_leave(struct engine *engine); /* the other end of every call that was let in */
/* So leaves a call that starts an operation: with its end, when it could not be started. */
void engine_leave_started(struct engine *engine, struct storage_op *op, enum status status);

/* Returns when every call that was let in has left. */
void engine_wait_for_calls(struct engine *engine);

/* The operations, as storage.h tells of them. */
void engine_append(struct storage *storage, struct storage_append *op);
void engine_read(struct storage *storage, struct storage_read *read);
void engine_bounds(struct storage *storage, struct storage_bounds *bounds);
void engine_offset_at_time(struct storage *storage, struct storage_offset_at_time *find);
void engine_topic_create(struct storage *storage, struct storage_topic_create *create);
void engine_topic_alter(struct storage *storage, struct storage_topic_alter *alter);
void engine_topic_delete(struct storage *storage, struct storage_topic_delete *delete);
void engine_offsets_commit(struct storage *storage, struct storage_offsets_commit *op);
void engine_offsets_fetch(struct storage *storage, struct storage_offsets_fetch *fetch);
void engine_groups_list(struct storage *storage, struct storage_groups_list *list);
void engine_group_delete(struct storage *storage, struct storage_group_delete *op);
enum status engine_watch(struct storage *storage, uint64_t topic_id, uint32_t number);
void engine_unwatch(struct storage *storage, uint64_t topic_id, uint32_t number);

#endif
