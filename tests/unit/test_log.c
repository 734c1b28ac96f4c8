/* The log: lines whole and in order, through a pipe that somebody reads, reads late, or never reads. */
#include "base/clock.h"
#include "base/log.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    RING_BYTES = 512 * 1024, /* as in base/log.c */
    LONG_MS = 20000,         /* for what comes at once, on a busy machine under sanitizers */
    FLOOD = 10000,           /* lines of more than 120 bytes: twice the ring, and a pipe */
    THREADS = 4,
};

/* A pipe with a log at its one end, and at the other a thread that keeps what it reads. */
struct piped {
    int read_end;
    int write_end;
    struct log *log;
    pthread_t reader;
    struct buffer text;
};

static struct piped *piped_create(int flags) {
    struct piped *piped = mem_zero(1, sizeof *piped);
    int ends[2];
    ck_assert_ptr_nonnull(piped);
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    piped->read_end = ends[0];
    piped->write_end = ends[1];
    ck_assert_int_ge(fcntl(ends[1], F_SETFL, O_WRONLY | flags), 0);
    piped->log = log_create(ends[1]);
    ck_assert_ptr_nonnull(piped->log);
    return piped;
}

static void *read_all(void *context) {
    struct piped *piped = context;
    ssize_t size;
    do {
        unit_assert_quietly(buffer_reserve(&piped->text, 4096));
        size = read(piped->read_end, piped->text.data + piped->text.size, 4096);
        if (size > 0)
            piped->text.size += (size_t)size;
    } while (size > 0);
    return NULL;
}

static void start_reading(struct piped *piped) {
    ck_assert_int_eq(pthread_create(&piped->reader, NULL, read_all, piped), 0);
}

/* Destroys the log and reads to the end. What was read, with a NUL behind. */
static const char *end_reading(struct piped *piped) {
    log_destroy(piped->log, LONG_MS);
    close(piped->write_end);
    pthread_join(piped->reader, NULL);
    buffer_append_u8(&piped->text, '\0');
    return piped->text.data;
}

static void piped_destroy(struct piped *piped) {
    close(piped->read_end);
    buffer_finish(&piped->text);
    mem_free(piped);
}

static void flood(struct log *log, unsigned lines) {
    for (unsigned i = 0; i < lines; i++)
        log_info(log, "flood", "number=%u filling=%060u", i, 0);
}

/* By hand: of each string that AddressSanitizer sees a function look at, it checks all that follows, which for thousands of lines
 * takes minutes. */
static const char *line_end(const char *line) {
    while (*line != '\n' && *line != '\0')
        line++;
    return line;
}

/* The number behind `word` in a line; -1 when the line has no such word. */
static long number_in(const char *line, const char *word) {
    const char *at = memmem(line, (size_t)(line_end(line) - line), word, strlen(word));
    long number = 0;
    if (at == NULL)
        return -1;
    for (at += strlen(word); *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (*at - '0');
    return number;
}

static const char *next_line(const char *line) {
    const char *end = line_end(line);
    return *end != '\0' ? end + 1 : end;
}

START_TEST(a_line_is_logfmt) {
    struct piped *piped = piped_create(0);
    start_reading(piped);
    log_info(piped->log, "one", "key=%d", 7);
    log_warning(piped->log, "two", "%s", "");
    log_error(piped->log, "three", "key=%s", "value");
    const char *text = end_reading(piped);

    int end = 0;
    int year;
    sscanf(text, "time=%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ level=info event=one key=7\n%n", &year, &end);
    ck_assert_int_gt(end, 0);
    ck_assert_ptr_nonnull(strstr(text, "Z level=warning event=two\n"));
    ck_assert_ptr_nonnull(strstr(text, "Z level=error event=three key=value\n"));
    piped_destroy(piped);
}
END_TEST

START_TEST(a_long_line_is_cut_and_ends) {
    struct piped *piped = piped_create(0);
    char long_text[10000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    start_reading(piped);
    log_info(piped->log, "long", "%s", long_text);
    log_info(piped->log, "next", "key=1");
    const char *text = end_reading(piped);

    size_t first = (size_t)(next_line(text) - text);
    ck_assert_uint_gt(first, 4096);
    ck_assert_uint_lt(first, 8192);
    ck_assert_int_eq(number_in(next_line(text), "event=next key="), 1);
    piped_destroy(piped);
}
END_TEST

START_TEST(a_ring_that_goes_round_keeps_lines_whole_and_in_order) {
    enum { ROUNDS = 40, LINES = 1000 };
    struct piped *piped = piped_create(0);
    start_reading(piped);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < LINES; i++)
            log_info(piped->log, "round", "number=%u filling=%0*u", round * LINES + i, (int)(i % 97), 0);
        log_flush(piped->log, LONG_MS);
    }
    ck_assert_uint_eq(log_dropped(piped->log), 0);
    const char *text = end_reading(piped);

    ck_assert_uint_gt(piped->text.size, 4 * RING_BYTES);
    const char *line = text;
    for (long i = 0; i < ROUNDS * LINES; i++, line = next_line(line)) {
        unit_assert_quietly(memcmp(line, "time=", 5) == 0);
        unit_assert_quietly(number_in(line, " number=") == i);
    }
    ck_assert_int_eq(*line, '\0');
    piped_destroy(piped);
}
END_TEST

/* Lines 0, 1, 2… up to the gap, the notice of as many as are missing, then the line that came behind it. */
static void check_gap(const char *text, unsigned lines, uint64_t dropped) {
    const char *line = text;
    long seen = 0;
    for (; number_in(line, "event=flood number=") == seen; line = next_line(line))
        seen++;
    ck_assert_int_gt(seen, 2000); /* half a ring at least */
    ck_assert_int_eq(number_in(line, "level=warning event=log dropped="), (long)dropped);
    ck_assert_int_eq(seen + (long)dropped, lines);
    ck_assert_int_eq(number_in(next_line(line), "event=after key="), 1);
    ck_assert_int_eq(*next_line(next_line(line)), '\0');
}

static void flood_and_read_late(int flags) {
    struct piped *piped = piped_create(flags);
    int64_t began_ms = clock_monotonic_ms();
    flood(piped->log, FLOOD);
    ck_assert_int_lt(clock_monotonic_ms() - began_ms, LONG_MS);
    uint64_t dropped = log_dropped(piped->log);
    ck_assert_uint_gt(dropped, 0);

    /* It waits without working. */
    clock_t worked = clock();
    usleep(400 * 1000);
    ck_assert_int_lt(clock() - worked, CLOCKS_PER_SEC / 10);

    start_reading(piped);
    log_flush(piped->log, LONG_MS);
    log_info(piped->log, "after", "key=1");
    check_gap(end_reading(piped), FLOOD, dropped);
    piped_destroy(piped);
}

START_TEST(what_does_not_fit_is_dropped_and_counted) { flood_and_read_late(0); }
END_TEST

START_TEST(a_descriptor_that_does_not_block_is_no_other) { flood_and_read_late(O_NONBLOCK); }
END_TEST

struct thread_of_log {
    struct log *log;
    unsigned number;
    pthread_t thread;
};

static void *log_much(void *context) {
    struct thread_of_log *own = context;
    for (unsigned i = 0; i < FLOOD / 2; i++)
        log_info(own->log, "threads", "thread=%u number=%u filling=%060u", own->number, i, 0);
    return NULL;
}

START_TEST(threads_drop_or_write_each_of_their_lines) {
    struct piped *piped = piped_create(0);
    struct thread_of_log threads[THREADS];
    start_reading(piped);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = (struct thread_of_log){ .log = piped->log, .number = i };
        ck_assert_int_eq(pthread_create(&threads[i].thread, NULL, log_much, &threads[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i].thread, NULL);
    log_flush(piped->log, LONG_MS);
    log_info(piped->log, "after", "key=1");
    uint64_t dropped = log_dropped(piped->log);
    const char *text = end_reading(piped);

    long next[THREADS] = { 0 };
    long seen = 0;
    long missing = 0;
    const char *line = text;
    for (; number_in(line, "event=after key=") != 1; line = next_line(line)) {
        if (number_in(line, "event=log dropped=") > 0) {
            missing += number_in(line, "event=log dropped=");
            continue;
        }
        long thread = number_in(line, "event=threads thread=");
        long number = number_in(line, " number=");
        unit_assert_quietly(thread >= 0 && thread < THREADS && number >= next[thread]);
        next[thread] = number + 1;
        seen++;
    }
    ck_assert_int_eq(missing, (long)dropped);
    ck_assert_int_eq(seen + missing, (long)THREADS * (FLOOD / 2));
    piped_destroy(piped);
}
END_TEST

START_TEST(whoever_stops_reading_stops_only_the_log) {
    struct piped *piped = piped_create(0);
    close(piped->read_end);
    log_info(piped->log, "lost", "key=1");
    log_flush(piped->log, LONG_MS);
    log_info(piped->log, "lost", "key=2");
    log_flush(piped->log, LONG_MS);
    ck_assert_uint_ge(log_dropped(piped->log), 2);

    int64_t began_ms = clock_monotonic_ms();
    log_destroy(piped->log, LONG_MS);
    ck_assert_int_lt(clock_monotonic_ms() - began_ms, LONG_MS / 2);
    close(piped->write_end);
    mem_free(piped);
}
END_TEST

START_TEST(a_stop_waits_only_so_long) {
    struct piped *piped = piped_create(0);
    flood(piped->log, FLOOD);
    int64_t began_ms = clock_monotonic_ms();
    log_flush(piped->log, 100);
    log_destroy(piped->log, 100);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    ck_assert_int_ge(took_ms, 150);
    ck_assert_int_lt(took_ms, LONG_MS / 2);
    mem_free(piped); /* its descriptors are still the writer's */
}
END_TEST

START_TEST(without_a_log_lines_are_written_at_once) {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    int kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    log_error(NULL, "start", "reason=\"%s\"", "early");
    dup2(kept, STDERR_FILENO);

    char text[256];
    ssize_t size = read(ends[0], text, sizeof text);
    ck_assert_int_gt(size, 0);
    ck_assert_ptr_nonnull(memmem(text, (size_t)size, "event=start reason=\"early\"\n", 27));
    ck_assert_uint_eq(log_dropped(NULL), 0);
    log_destroy(NULL, 0);
}
END_TEST

int main(void) {
    const TTest *tests[] = { a_line_is_logfmt,
                             a_long_line_is_cut_and_ends,
                             a_ring_that_goes_round_keeps_lines_whole_and_in_order,
                             what_does_not_fit_is_dropped_and_counted,
                             a_descriptor_that_does_not_block_is_no_other,
                             threads_drop_or_write_each_of_their_lines,
                             whoever_stops_reading_stops_only_the_log,
                             a_stop_waits_only_so_long,
                             without_a_log_lines_are_written_at_once,
                             NULL };
    return unit_run("log", tests);
}
