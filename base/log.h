/* The log: one logfmt line an event. Lines go through a bounded ring in memory to a thread that writes them, so that a log
 * which nobody reads stops nothing but itself: what does not fit is dropped, counted, and reported in the log by a line
 * "event=log dropped=N" where the lines are missing. Lines keep their order and never mix. A line takes some 10 ms to be
 * written: a process that crashes loses at most what is queued, half a MiB. */
#ifndef TAILRACE_BASE_LOG_H
#define TAILRACE_BASE_LOG_H

#include "base/buffer.h"

struct log;

/* Writes to `fd`, which is borrowed and may block or not; starts the thread, with the caller's signal mask. SIGPIPE must be
 * ignored. NULL: no memory or no thread. */
struct log *log_create(int fd);

/* Waits until what is queued now is written, but no longer than `wait_ms`. Any thread. */
void log_flush(struct log *log, int64_t wait_ms);

/* Writes what is queued and frees the log; no other call may be under way. If `fd` does not take it all within `wait_ms`, the
 * thread and its memory stay until the process ends, and so must the descriptor. NULL is fine. */
void log_destroy(struct log *log, int64_t wait_ms);

/* Lines dropped since the log was created. Any thread; 0 for NULL. */
uint64_t log_dropped(const struct log *log);

/* Logs "time=… level=… event=… <rest>". `event` is one word; the format makes the rest, "key=value key=value"; values from
 * outside go through log_value first. Any thread; never waits for whoever reads the log, allocates nothing, and makes no
 * system call but to wake the thread when it has been idle. `log` NULL, for what is said before there is a log: writes to
 * standard error at once. */
void log_info(struct log *log, const char *event, const char *format, ...) __attribute__((format(printf, 3, 4)));
void log_warning(struct log *log, const char *event, const char *format, ...) __attribute__((format(printf, 3, 4)));
void log_error(struct log *log, const char *event, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Appends a value with quotes, what is not printable ASCII as \xNN, and no more than 512 bytes of it. */
void log_value(struct buffer *line, struct bytes value);

#endif
