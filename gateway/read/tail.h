/* The tail cache: the newest records of partitions that somebody follows, in memory, shared and counted, so that a
 * thousand who wait for the same event read it from storage once. It lies above the seam and serves every engine.
 * Records never change and ids are never used again, so that nothing in it can become wrong. Any thread. */
#ifndef TAILRACE_GATEWAY_READ_TAIL_H
#define TAILRACE_GATEWAY_READ_TAIL_H

#include "storage/storage.h"

struct tail;
struct tail_run; /* records of one partition, side by side */

/* At most so many bytes of records and what they point to; the oldest go first. NULL: no memory. */
struct tail *tail_create(size_t bytes_max);
void tail_destroy(struct tail *tail); /* nobody holds a run any more; NULL is fine */

/* Keeps what a read has brought from offset `read->offset` to read->ret_next: takes over its memory, and leaves the
 * read with a copy of the records that point into the run. Gives a reference to the run, to be given back when the read
 * is finished; NULL: it was not kept, and the read is as it was. */
struct tail_run *tail_keep(struct tail *tail, struct storage_read *read);

/* Answers a read (topic_id, partition, offset, limits) from memory: true, and records, record_count and ret_next are
 * set, as storage would have set them, with a reference to the run that they point into. False: storage must be
 * asked. */
bool tail_read(struct tail *tail, struct storage_read *read, struct tail_run **ret_run);

void tail_run_unref(struct tail_run *run); /* NULL is fine */

#endif
