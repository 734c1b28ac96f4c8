/* The log: one logfmt line an event, written at once, so that lines of threads never mix. Any thread. */
#ifndef TAILRACE_BASE_LOG_H
#define TAILRACE_BASE_LOG_H

#include "base/buffer.h"

/* Writes "time=… level=… event=… <rest>" to standard error. `event` is one word; the format makes the rest, "key=value
 * key=value"; values from outside go through log_value first. */
void log_info(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a value with quotes, what is not printable ASCII as \xNN, and no more than 512 bytes of it. */
void log_value(struct buffer *line, struct bytes value);

#endif
