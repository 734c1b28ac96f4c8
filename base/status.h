/* What an operation of the domain can answer. One list for all layers: storage/ and gateway/ return it, api/ turns it
 * into a problem document (api/http/problem.c, a switch without default, so that the compiler finds a missing case). */
#ifndef TAILRACE_BASE_STATUS_H
#define TAILRACE_BASE_STATUS_H

#include <stdbool.h>

enum status {
    STATUS_OK = 0,

    /* The caller asked for something that is not so. Nothing was changed. */
    STATUS_INVALID,             /* malformed input; the detail says what */
    STATUS_UNSUPPORTED,         /* the engine lacks the capability */
    STATUS_TOPIC_NOT_FOUND,     /* no topic of that name or id */
    STATUS_TOPIC_EXISTS,        /* create: the name is taken */
    STATUS_PARTITION_NOT_FOUND, /* the topic has no such partition */
    STATUS_PARTITIONS_SHRINK,   /* alter: fewer partitions than there are */
    STATUS_GROUP_NOT_FOUND,     /* no consumer group of that name */
    STATUS_GROUP_ACTIVE,        /* the group has members that hold its offsets */
    STATUS_OFFSET_GONE,         /* below the first offset that is still there */
    STATUS_OFFSET_BEYOND,       /* beyond the next offset */
    STATUS_OFFSET_MISMATCH,     /* commit: `expected` is not what is stored */
    STATUS_EVENT_NOT_FOUND,     /* a hole, or the next offset itself */
    STATUS_CURSOR_INVALID,      /* not a cursor that was made here */
    STATUS_CURSOR_MISMATCH,     /* a cursor of another selection */
    STATUS_TOPIC_RECREATED,     /* a position in a topic that was deleted and made again */
    STATUS_TOO_MANY_PARTITIONS, /* the cursor of the selection would be too long */

    /* The system cannot now. Nothing was written. */
    STATUS_OVERLOADED,  /* a queue is full */
    STATUS_TIMED_OUT,   /* the deadline passed before the work was begun */
    STATUS_UNAVAILABLE, /* what keeps the log cannot be reached: no leader, no broker */
    STATUS_DISK_FULL,   /* below the free space that is kept back */
    STATUS_READ_ONLY,   /* writes have stopped after a failed one */
    STATUS_CLOSING,     /* shutting down */
    STATUS_NO_MEMORY,

    /* Something broke. For a write: whether it is there is unknown. */
    STATUS_WRITE_UNKNOWN, /* a write or its fsync failed */
    STATUS_CORRUPT,       /* stored bytes are not what was written */
    STATUS_IO,            /* the disk or the engine failed while reading */
    STATUS_NEWER_FORMAT,  /* open: written by a newer program */
    STATUS_LOCKED,        /* open: another process holds the data */
};

/* Whether an operation has ended because of the disk, or of what lies there. */
static inline bool status_is_read_failure(enum status status) {
    return status == STATUS_IO || status == STATUS_CORRUPT;
}

/* The name of a status for logs and tests, never NULL, static. */
const char *status_name(enum status status);

#endif
