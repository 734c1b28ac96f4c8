/* What is stored and cannot be read: counted, logged with the engine's reason, and the newest remembered for operators. Clients are
 * told the place alone: the reason may name files. */
#ifndef TAILRACE_GATEWAY_READ_FAILURES_H
#define TAILRACE_GATEWAY_READ_FAILURES_H

#include "storage/storage.h"

struct log;
struct read_failures;

/* Where a read failed. */
struct read_failure {
    char topic[STORAGE_TOPIC_NAME_BYTES_MAX + 1]; /* "": not in the log of a partition */
    uint32_t partition;
    uint64_t offset; /* of the first event that cannot be had */
};

/* `log` is borrowed; NULL: no memory. */
struct read_failures *read_failures_create(struct log *log);
void read_failures_destroy(struct read_failures *failures); /* NULL is fine */

/* Notes that a read of the topic's log has failed, and says where. Any thread, as all below; with NULL for `failures` nothing is
 * noted. The log gets a line a second at most. */
struct read_failure read_failures_note(struct read_failures *failures, const struct storage_topic *topic,
                                       const struct storage_read *read);

/* The same of what is not the log of a partition. */
void read_failures_note_elsewhere(struct read_failures *failures, const char *reason);

/* What clients are told then. */
extern const char READ_FAILURE_ELSEWHERE[];

uint64_t read_failures_count(const struct read_failures *failures);

/* The newest, if it is not older than `within_ms`. */
bool read_failures_newest(struct read_failures *failures, int64_t within_ms, struct read_failure *ret_failure);

#endif
