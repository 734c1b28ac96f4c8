/* The tail cache: the newest records of partitions that clients follow, in memory, shared and counted, so that a
 * thousand readers that wait for the same event read it from storage once. It lies above the seam and serves every
 * engine. Records never change and ids are never used again, so nothing in it can become wrong. Any thread. */
#ifndef TAILRACE_GATEWAY_READ_TAIL_H
#define TAILRACE_GATEWAY_READ_TAIL_H

#include "storage/storage.h"

struct tail;
struct tail_run; /* records of one partition, side by side */

/* Holds at most so many bytes of records and what they point to; evicts the oldest first. NULL: no memory. */
struct tail *tail_create(size_t bytes_max);
void tail_destroy(struct tail *tail); /* no run is referenced any more; NULL is fine */

/* Keeps what a read has returned from `read->offset` to read->ret_next: takes over its memory, and leaves the read with
 * a copy of the records that point into the run. Returns a reference to the run, which the caller drops when it is done
 * with the read; NULL: the tail does not keep it, and the read is unchanged. */
struct tail_run *tail_keep(struct tail *tail, struct storage_read *read);

/* Answers a read (topic_id, partition, offset, limits) from memory. True: records, record_count and ret_next are set as
 * storage would have set them, with a reference to the run that they point into. False: read from storage. */
bool tail_read(struct tail *tail, struct storage_read *read, struct tail_run **ret_run);

void tail_run_unref(struct tail_run *run); /* NULL is fine */

#endif
