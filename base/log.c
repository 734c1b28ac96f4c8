/* logfmt on standard error. */
#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { VALUE_BYTES_MAX = 512 };

__attribute__((format(printf, 3, 0))) static void log_line(const char *level, const char *event, const char *format,
                                                           va_list arguments) {
    char rest[2048];
    vsnprintf(rest, sizeof rest, format, arguments);
    int64_t now_ms = clock_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);

    char when[32];
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);

    autobuffer struct buffer line = { 0 };
    buffer_printf(&line, "time=%s.%03dZ level=%s event=%s%s%s\n", when, (int)(now_ms % 1000), level, event,
                  rest[0] != '\0' ? " " : "", rest);
    /* A log that cannot be written must not stop the service. */
    if (!line.failed && write(STDERR_FILENO, line.data, line.size) < 0)
        return;
}

void log_info(const char *event, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_line("info", event, format, arguments);
    va_end(arguments);
}

void log_warning(const char *event, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_line("warning", event, format, arguments);
    va_end(arguments);
}

void log_error(const char *event, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_line("error", event, format, arguments);
    va_end(arguments);
}

void log_value(struct buffer *line, struct bytes value) {
    buffer_append_u8(line, '"');
    for (size_t i = 0; i < value.size && i < VALUE_BYTES_MAX; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
            buffer_printf(line, "\\x%02x", byte);
        else
            buffer_append_u8(line, byte);
    }
    buffer_append_u8(line, '"');
}
