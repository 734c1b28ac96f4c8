/* An engine that keeps everything in memory: for tests, and for trying the program without a disk. */
#ifndef TAILRACE_STORAGE_MEMORY_MEMORY_H
#define TAILRACE_STORAGE_MEMORY_MEMORY_H

#include "storage/storage.h"

/* STATUS_OK and an engine to be closed with ops->close, or STATUS_NO_MEMORY. `hooks` is copied, both functions must be
 * there. Its strongest ack is STORAGE_ACK_OS, and means: as durable as this process. */
enum status memory_storage_open(const struct storage_hooks *hooks, struct storage **ret_storage);

/* For tests: an engine that promises as little as the seam lets one. Operations end later, on a thread of its own; offsets
 * have holes, and a request several runs; watching begins later; bytes and the times of commits are not known, and
 * commits are not compared. */
enum status memory_storage_open_weak(const struct storage_hooks *hooks, struct storage **ret_storage);

/* For tests: changes that no operation asks for, as another process would make them. on_topic tells of them. */
enum status memory_storage_grow(struct storage *storage, uint64_t topic_id, uint32_t partitions);
enum status memory_storage_drop(struct storage *storage, uint64_t topic_id);

#endif
