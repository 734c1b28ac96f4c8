/* The count and the newest of reads that have failed. */
#include "gateway/read_failures.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

const char READ_FAILURE_ELSEWHERE[] = "what is stored cannot be read; the log of the server says why";

enum { LINE_MS = 1000 }; /* from one line of the log to the next */

struct read_failures {
    struct log *log;
    _Atomic uint64_t count;
    pthread_mutex_t lock;       /* a leaf */
    struct read_failure newest; /* guarded by lock, as the next two */
    int64_t newest_ms;          /* monotonic */
    int64_t logged_ms;          /* 0: never */
};

struct read_failures *read_failures_create(struct log *log) {
    struct read_failures *failures = mem_zero(1, sizeof *failures);
    if (failures == NULL)
        return NULL;
    failures->log = log;
    pthread_mutex_init(&failures->lock, NULL);
    return failures;
}

void read_failures_destroy(struct read_failures *failures) {
    if (failures == NULL)
        return;
    pthread_mutex_destroy(&failures->lock);
    mem_free(failures);
}

static void write_line(struct log *log, const struct read_failure *failure, const char *reason) {
    autobuffer struct buffer line = { 0 };
    log_value(&line, bytes_text(reason));
    if (failure->topic[0] != '\0')
        log_error(log, "read_failed", "topic=%s partition=%" PRIu32 " offset=%" PRIu64 " reason=%.*s", failure->topic,
                  failure->partition, failure->offset, (int)line.size, line.data != NULL ? line.data : "");
    else
        log_error(log, "read_failed", "reason=%.*s", (int)line.size, line.data != NULL ? line.data : "");
}

static void note(struct read_failures *failures, const struct read_failure *failure, const char *reason) {
    if (failures == NULL)
        return;
    int64_t now_ms = clock_monotonic_ms();
    atomic_fetch_add(&failures->count, 1);
    pthread_mutex_lock(&failures->lock);
    failures->newest = *failure;
    failures->newest_ms = now_ms;
    bool is_due = failures->logged_ms == 0 || now_ms - failures->logged_ms >= LINE_MS;
    if (is_due)
        failures->logged_ms = now_ms;
    pthread_mutex_unlock(&failures->lock);
    if (is_due)
        write_line(failures->log, failure, reason);
}

struct read_failure read_failures_note(struct read_failures *failures, const struct storage_topic *topic,
                                       const struct storage_read *read) {
    struct read_failure failure = { .partition = read->partition, .offset = read->offset };
    snprintf(failure.topic, sizeof failure.topic, "%s", topic->name);
    note(failures, &failure, read->op.detail);
    return failure;
}

void read_failures_note_elsewhere(struct read_failures *failures, const char *reason) {
    note(failures, &(struct read_failure){ .topic = "" }, reason);
}

uint64_t read_failures_count(const struct read_failures *failures) {
    return failures != NULL ? atomic_load(&failures->count) : 0;
}

bool read_failures_newest(struct read_failures *failures, int64_t within_ms, struct read_failure *ret_failure) {
    if (read_failures_count(failures) == 0)
        return false;
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&failures->lock);
    bool is_new = now_ms - failures->newest_ms <= within_ms;
    *ret_failure = failures->newest;
    pthread_mutex_unlock(&failures->lock);
    return is_new;
}
