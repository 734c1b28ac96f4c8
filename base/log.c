/* logfmt on a descriptor, through a ring and a thread that alone may have to wait for whoever reads it. */
#include "base/log.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    VALUE_BYTES_MAX = 512,
    LINE_BYTES_MAX = 6 * 1024, /* a request's line has two values, and each byte of a value may become four */
    NOTICE_BYTES_MAX = 128,    /* "dropped=N" */
    RING_BYTES = 512 * 1024,
    WRITE_BYTES_MAX = 64 * 1024,
    GATHER_MS = 10,
    NO_LIMIT = -1,
};

/* The writer:
 *
 *     EMPTY      waits for a line, without limit
 *       -> GATHERING  a line came: its thread woke the writer, which is the only system call that a line may cost
 *     GATHERING  waits GATHER_MS for more, or until half the ring is full
 *       -> WRITING
 *     WRITING    writes what was in the ring when it began, without the lock, and frees each part as it is taken
 *       -> EMPTY, or GATHERING when more has come meanwhile
 *
 * While nobody reads, it stays in WRITING: the ring fills up, and lines are dropped. Stopping ends every wait but that one,
 * and the thread once the ring is empty. */
struct log {
    int fd;
    pthread_t writer;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_cond_t written;
    atomic_uint_least64_t dropped; /* ever */

    /* Guarded by lock: */
    uint64_t put;     /* bytes ever put into the ring */
    uint64_t taken;   /* and ever taken out of it */
    uint64_t missing; /* lines dropped since the log last said so */
    size_t wake_at;   /* the writer waits for this many bytes; SIZE_MAX: it does not wait */
    bool stopping;
    bool has_ended;

    char ring[RING_BYTES]; /* the bytes between taken and put are the writer's to read, without the lock */
};

/* ---- one line ---- */

static size_t append_time(char *line, size_t capacity) {
    int64_t now_ms = clock_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);

    size_t size = strftime(line, capacity, "time=%Y-%m-%dT%H:%M:%S", &utc);
    return size + (size_t)snprintf(line + size, capacity - size, ".%03dZ", (int)(now_ms % 1000));
}

/* Makes a whole line, which is cut when it is too long. Takes no memory: running out of it is logged, too. */
__attribute__((format(printf, 5, 0))) static size_t
make_line(char *line, size_t capacity, const char *level, const char *event, const char *format, va_list arguments) {
    size_t last = capacity - 2; /* the end of the line, and snprintf's NUL */
    size_t size = append_time(line, capacity);
    size += (size_t)snprintf(line + size, capacity - size, " level=%s event=%s ", level, event);

    int rest = size < last ? vsnprintf(line + size, last - size + 1, format, arguments) : 0;
    size = rest > 0 ? size + (size_t)rest : size - 1; /* without a rest, without the space before it */
    size = size < last ? size : last;
    line[size] = '\n';
    return size + 1;
}

__attribute__((format(printf, 3, 4))) static size_t make_notice(char *line, size_t capacity, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t size = make_line(line, capacity, "warning", "log", format, arguments);
    va_end(arguments);
    return size;
}

/* ---- the ring; all of it under the lock ---- */

static size_t used_bytes(const struct log *log) { return (size_t)(log->put - log->taken); }

static void put(struct log *log, const char *line, size_t size) {
    size_t at = (size_t)(log->put % RING_BYTES);
    size_t first = size < RING_BYTES - at ? size : RING_BYTES - at;
    memcpy(log->ring + at, line, first);
    memcpy(log->ring, line + first, size - first);
    log->put += size;
}

static void count_dropped(struct log *log, uint64_t lines) {
    atomic_fetch_add_explicit(&log->dropped, lines, memory_order_relaxed);
    log->missing += lines;
}

/* Whether a line may be put. Once one did not fit, all are dropped until a quarter of the ring is free, so that the log has
 * one gap, and says how long it is exactly where it is. */
static bool make_room(struct log *log, size_t size) {
    size_t free_bytes = RING_BYTES - used_bytes(log);
    if (log->missing == 0)
        return size <= free_bytes;
    if (free_bytes < RING_BYTES / 4)
        return false;

    char notice[NOTICE_BYTES_MAX];
    put(log, notice, make_notice(notice, sizeof notice, "dropped=%llu", (unsigned long long)log->missing));
    log->missing = 0;
    return true;
}

/* ---- the writer ---- */

static struct timespec time_in(int64_t ms) {
    int64_t at_ms = clock_monotonic_ms() + ms;
    return (struct timespec){ .tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000 };
}

/* Waits for `bytes` in the ring, or the end. */
static void await_bytes(struct log *log, size_t bytes, int64_t limit_ms) {
    struct timespec until = time_in(limit_ms);
    log->wake_at = bytes;
    int error = 0;
    while (used_bytes(log) < bytes && !log->stopping && error == 0)
        error = limit_ms == NO_LIMIT ? pthread_cond_wait(&log->wake, &log->lock)
                                     : pthread_cond_clockwait(&log->wake, &log->lock, CLOCK_MONOTONIC, &until);
    log->wake_at = SIZE_MAX;
}

static uint64_t count_lines(const char *text, size_t size) {
    uint64_t lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

/* A descriptor that does not block is full. The pause is for those that seem ready and are not. */
static void await_reader(int fd) {
    struct pollfd waited = { .fd = fd, .events = POLLOUT };
    poll(&waited, 1, -1);
    usleep(GATHER_MS * 1000);
}

/* Writes the next part, giving up the lock meanwhile. What a broken or full descriptor does not take is dropped. */
static void write_part(struct log *log) {
    size_t at = (size_t)(log->taken % RING_BYTES);
    size_t size = used_bytes(log) < RING_BYTES - at ? used_bytes(log) : RING_BYTES - at;
    size = size < WRITE_BYTES_MAX ? size : WRITE_BYTES_MAX;
    pthread_mutex_unlock(&log->lock);

    ssize_t written = write(log->fd, log->ring + at, size);
    bool again = written < 0 && (errno == EAGAIN || errno == EINTR);
    if (again && errno == EAGAIN)
        await_reader(log->fd);

    pthread_mutex_lock(&log->lock);
    if (written > 0) {
        log->taken += (uint64_t)written;
    } else if (!again) {
        count_dropped(log, count_lines(log->ring + at, size));
        log->taken += size;
    }
}

static void *write_loop(void *context) {
    struct log *log = context;
    pthread_mutex_lock(&log->lock);
    for (;;) {
        await_bytes(log, 1, NO_LIMIT);
        if (used_bytes(log) == 0)
            break;
        await_bytes(log, RING_BYTES / 2, GATHER_MS);

        uint64_t end = log->put;
        while (log->taken < end)
            write_part(log);
        pthread_cond_broadcast(&log->written);
    }
    log->has_ended = true;
    pthread_cond_broadcast(&log->written);
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

/* ---- for everybody ---- */

struct log *log_create(int fd) {
    struct log *log = mem_alloc(sizeof *log); /* not zeroed: what of the ring was never used takes no memory */
    if (log == NULL)
        return NULL;
    memset(log, 0, offsetof(struct log, ring));
    log->fd = fd;
    log->wake_at = SIZE_MAX;
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->wake, NULL);
    pthread_cond_init(&log->written, NULL);
    if (pthread_create(&log->writer, NULL, write_loop, log) == 0)
        return log;
    mem_free(log);
    return NULL;
}

void log_flush(struct log *log, int64_t wait_ms) {
    struct timespec until = time_in(wait_ms);
    pthread_mutex_lock(&log->lock);
    uint64_t end = log->put;
    int error = 0;
    while (log->taken < end && error == 0)
        error = pthread_cond_clockwait(&log->written, &log->lock, CLOCK_MONOTONIC, &until);
    pthread_mutex_unlock(&log->lock);
}

/* Whether the thread has come to its end. */
static bool stop_writer(struct log *log, int64_t wait_ms) {
    struct timespec until = time_in(wait_ms);
    pthread_mutex_lock(&log->lock);
    log->stopping = true;
    pthread_cond_signal(&log->wake);
    int error = 0;
    while (!log->has_ended && error == 0)
        error = pthread_cond_clockwait(&log->written, &log->lock, CLOCK_MONOTONIC, &until);
    bool has_ended = log->has_ended;
    pthread_mutex_unlock(&log->lock);
    return has_ended;
}

void log_destroy(struct log *log, int64_t wait_ms) {
    if (log == NULL)
        return;
    if (!stop_writer(log, wait_ms)) {
        pthread_detach(log->writer); /* it is in write(), and keeps the memory */
        return;
    }
    pthread_join(log->writer, NULL);
    pthread_cond_destroy(&log->written);
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    mem_free(log);
}

uint64_t log_dropped(const struct log *log) {
    return log != NULL ? atomic_load_explicit(&log->dropped, memory_order_relaxed) : 0;
}

static void queue(struct log *log, const char *line, size_t size) {
    pthread_mutex_lock(&log->lock);
    if (make_room(log, size))
        put(log, line, size);
    else
        count_dropped(log, 1);
    bool wake = used_bytes(log) >= log->wake_at;
    if (wake)
        log->wake_at = SIZE_MAX; /* it is woken once */
    pthread_mutex_unlock(&log->lock);
    if (wake)
        pthread_cond_signal(&log->wake);
}

__attribute__((format(printf, 4, 0))) static void log_line(struct log *log, const char *level, const char *event,
                                                           const char *format, va_list arguments) {
    char line[LINE_BYTES_MAX];
    size_t size = make_line(line, sizeof line, level, event, format, arguments);
    if (log != NULL)
        queue(log, line, size);
    else if (write(STDERR_FILENO, line, size) < 0)
        return; /* there is nobody to tell */
}

void log_info(struct log *log, const char *event, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_line(log, "info", event, format, arguments);
    va_end(arguments);
}

void log_warning(struct log *log, const char *event, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_line(log, "warning", event, format, arguments);
    va_end(arguments);
}

void log_error(struct log *log, const char *event, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_line(log, "error", event, format, arguments);
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
