/* An engine that keeps everything in memory: for tests, and for trying the program without a disk. */
#ifndef TAILRACE_STORAGE_MEMORY_MEMORY_H
#define TAILRACE_STORAGE_MEMORY_MEMORY_H

#include "storage/storage.h"

/* STATUS_OK and an engine to be closed with ops->close, or STATUS_NO_MEMORY. `hooks` is copied, both functions must be
 * there. Its strongest ack is STORAGE_ACK_OS, and means: as durable as this process. */
enum status memory_storage_open(const struct storage_hooks *hooks, struct storage **ret_storage);

#endif
