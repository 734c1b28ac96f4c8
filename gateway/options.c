/* Flags and environment variables: one row each, from which reading, help and suggestions are made. */
#include "gateway/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum option_kind { OPTION_SWITCH, OPTION_ON_OFF, OPTION_TEXT, OPTION_LIST, OPTION_NUMBER, OPTION_BYTES };

struct option_row {
    const char *name;
    enum option_kind kind;
    size_t place; /* offset in struct options */
    uint64_t min;
    uint64_t max;
    const char *initial; /* the default, as one would write it; NULL: off, none */
    const char *help;
};

#define PLACE(member) offsetof(struct options, member)

/* clang-format off */
static const struct option_row ROWS[] = {
    { "listen", OPTION_LIST, PLACE(listen), 0, 0, "127.0.0.1:8080", "HOST:PORT, [IPV6]:PORT (port 0: a free one), unix:/path; repeatable" },
    { "data", OPTION_TEXT, PLACE(data), 0, 0, "./tailrace-data", "directory of the logs; one process at a time" },
    { "engine", OPTION_TEXT, PLACE(engine), 0, 0, "rocksdb", "rocksdb, or memory (nothing survives a restart)" },
    { "auto-create", OPTION_SWITCH, PLACE(auto_create), 0, 0, NULL, "posting to a topic that is not there makes it" },
    { "cors-origin", OPTION_LIST, PLACE(cors_origins), 0, 0, NULL, "pages of this origin may call too; * for all; repeatable" },
    { "host", OPTION_LIST, PLACE(hosts), 0, 0, NULL, "a name this server answers to when it listens on loopback; repeatable" },
    { "max-body-bytes", OPTION_BYTES, PLACE(max_body_bytes), 1, 1u << 30, "16MiB", "of one request" },
    { "max-body-events", OPTION_NUMBER, PLACE(max_body_events), 1, 10000000, "100000", "of one request" },
    { "max-inflight-bytes", OPTION_BYTES, PLACE(max_inflight_bytes), 1, UINT64_C(1) << 40, "256MiB", "bodies of all requests together" },
    { "max-connections", OPTION_NUMBER, PLACE(max_connections), 0, 1000000, "0", "0: what the limit on open files allows" },
    { "max-connections-per-address", OPTION_NUMBER, PLACE(max_connections_per_address), 0, 1000000, "0", "0: as many as in all" },
    { "header-timeout-ms", OPTION_NUMBER, PLACE(header_timeout_ms), 10, 3600000, "10000", "for the headers of a request to arrive" },
    { "body-timeout-ms", OPTION_NUMBER, PLACE(body_timeout_ms), 10, 3600000, "60000", "for its body" },
    { "idle-timeout-ms", OPTION_NUMBER, PLACE(idle_timeout_ms), 10, 3600000, "60000", "between two requests of a connection" },
    { "request-timeout-ms", OPTION_NUMBER, PLACE(request_timeout_ms), 10, 3600000, "30000", "for the work of a request to begin" },
    { "heartbeat-ms", OPTION_NUMBER, PLACE(heartbeat_ms), 10, 3600000, "15000", "between two signs of life of a stream that has no events" },
    { "stall-timeout-ms", OPTION_NUMBER, PLACE(stall_timeout_ms), 1000, 3600000, "15000", "a stream whose socket takes nothing for so long is cut" },
    { "slow-window-ms", OPTION_NUMBER, PLACE(slow_window_ms), 1000, 3600000, "60000", "one that takes less than 1 KiB/s over so long while behind is cut" },
    { "stream-bytes", OPTION_BYTES, PLACE(stream_bytes), 1 << 20, UINT64_C(1) << 40, "256MiB", "text that waits for slow streams; beyond it the slowest are cut" },
    { "tail-bytes", OPTION_BYTES, PLACE(tail_bytes), 0, UINT64_C(1) << 40, "32MiB", "newest events of what is followed live, in memory" },
    { "families", OPTION_NUMBER, PLACE(families), 1, 1024, "64", "column families that partitions are spread over" },
    { "write-buffer-bytes", OPTION_BYTES, PLACE(write_buffer_bytes), 1 << 20, UINT64_C(1) << 40, "128MiB", "memory of RocksDB for what is not in files yet" },
    { "block-cache-bytes", OPTION_BYTES, PLACE(block_cache_bytes), 1 << 20, UINT64_C(1) << 40, "64MiB", "memory of RocksDB for blocks of files" },
    { "queue-bytes", OPTION_BYTES, PLACE(queue_bytes), 1 << 20, UINT64_C(1) << 40, "128MiB", "events that wait to be written" },
    { "min-free-bytes", OPTION_BYTES, PLACE(min_free_bytes), 0, UINT64_MAX, "256MiB", "of the disk; below it writes are refused" },
    { "threads", OPTION_NUMBER, PLACE(threads), 2, 64, "2", "that serve requests" },
    { "readers", OPTION_NUMBER, PLACE(readers), 1, 64, "4", "threads that read what is not in memory" },
    { "access-log", OPTION_ON_OFF, PLACE(access_log), 0, 0, "on", "on, or off: only requests that fail in the server are logged" },
    { "static", OPTION_TEXT, PLACE(static_files), 0, 0, NULL, "a folder of your own: its files are served below /, where the API has nothing" },
    { "check-config", OPTION_SWITCH, PLACE(check_config), 0, 0, NULL, "says whether the settings are good, and ends" },
    { "routes", OPTION_SWITCH, PLACE(routes), 0, 0, NULL, "prints what the API has, and ends" },
    { "problems", OPTION_SWITCH, PLACE(problems), 0, 0, NULL, "prints the errors that the API can answer, and ends" },
    { "version", OPTION_SWITCH, PLACE(version), 0, 0, NULL, "prints the versions of the program and its libraries, and ends" },
    { "help", OPTION_SWITCH, PLACE(help), 0, 0, NULL, "prints this, and ends" },
};
/* clang-format on */
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0], NAME_BYTES_MAX = 64 };

static bool parse_count(const struct option_row *row, const char *text, uint64_t *ret_number) {
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = { { "", 0 }, { "K", 10 }, { "KiB", 10 }, { "M", 20 }, { "MiB", 20 }, { "G", 30 }, { "GiB", 30 } };
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;
    for (size_t i = 0; i < digits; i++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
            return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].unit) != 0 || (units[i].shift > 0 && row->kind != OPTION_BYTES))
            continue;
        if (digits == 0 || __builtin_mul_overflow(number, UINT64_C(1) << units[i].shift, &number) ||
            number < row->min || number > row->max)
            return false;
        *ret_number = number;
        return true;
    }
    return false;
}

static bool parse_switch(const char *text, bool *ret_on) {
    static const char *const words[] = { "off", "on", "false", "true", "no", "yes", "0", "1" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_on = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static bool set_row(struct options *options, const struct option_row *row, const char *text, char *ret_why,
                    size_t why_bytes) {
    void *place = (char *)options + row->place;
    struct option_list *list = place;
    switch (row->kind) {
    case OPTION_SWITCH:
    case OPTION_ON_OFF:
        if (parse_switch(text, place))
            return true;
        snprintf(ret_why, why_bytes, "--%s: %s is neither on nor off", row->name, text);
        return false;
    case OPTION_TEXT: *(const char **)place = text; return true;
    case OPTION_LIST:
        if (list->count < OPTION_LIST_MAX) {
            list->items[list->count++] = text;
            return true;
        }
        snprintf(ret_why, why_bytes, "--%s is given more than %d times", row->name, OPTION_LIST_MAX);
        return false;
    case OPTION_NUMBER:
    case OPTION_BYTES:
        if (parse_count(row, text, place))
            return true;
        snprintf(ret_why, why_bytes, "--%s: %s is not a whole number%s from %llu to %llu", row->name, text,
                 row->kind == OPTION_BYTES ? " of bytes (or KiB, MiB, GiB)" : "", (unsigned long long)row->min,
                 (unsigned long long)row->max);
        return false;
    }
    return false;
}

/* "TAILRACE_MAX_BODY_BYTES" for --max-body-bytes. */
static size_t variable_name(const struct option_row *row, char name[NAME_BYTES_MAX]) {
    int size = snprintf(name, NAME_BYTES_MAX, "TAILRACE_%s", row->name);
    for (char *at = name; *at != '\0'; at++)
        *at = (char)(*at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    return (size_t)size;
}

/* The value of a row's environment variable; NULL: it is not set. */
static const char *find_variable(const struct option_row *row, char **environment) {
    char name[NAME_BYTES_MAX];
    size_t size = variable_name(row, name);
    for (char **variable = environment; *variable != NULL; variable++)
        if (strncmp(*variable, name, size) == 0 && (*variable)[size] == '=')
            return *variable + size + 1;
    return NULL;
}

/* A list in a variable is separated by commas. */
static bool set_list(struct options *options, const struct option_row *row, const char *text, char *ret_why,
                     size_t why_bytes) {
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        if (size >= sizeof options->copies - options->copies_used) {
            snprintf(ret_why, why_bytes, "the environment's list for --%s is too long", row->name);
            return false;
        }
        char *copy = options->copies + options->copies_used;
        memcpy(copy, text, size);
        copy[size] = '\0';
        options->copies_used += size + 1;
        if (size > 0 && !set_row(options, row, copy, ret_why, why_bytes))
            return false;
        text += size + (text[size] == ',');
    }
    return true;
}

static bool read_environment(struct options *options, char **environment, char *ret_why, size_t why_bytes) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *text = find_variable(&ROWS[i], environment);
        if (text == NULL)
            continue;
        bool good = ROWS[i].kind == OPTION_LIST ? set_list(options, &ROWS[i], text, ret_why, why_bytes)
                                                : set_row(options, &ROWS[i], text, ret_why, why_bytes);
        if (!good) {
            char name[NAME_BYTES_MAX];
            size_t size = strlen(ret_why);
            variable_name(&ROWS[i], name);
            snprintf(ret_why + size, why_bytes - size, " (in the environment: %s)", name);
            return false;
        }
    }
    return true;
}

/* How many bytes must be changed, added or left out to make one of the other (Levenshtein). */
static size_t distance(const char *a, size_t a_size, const char *b) {
    size_t row[NAME_BYTES_MAX];
    size_t b_size = strlen(b);
    if (a_size >= NAME_BYTES_MAX)
        return NAME_BYTES_MAX;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[b_size];
}

static const struct option_row *find_row(const char *name, size_t size) {
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strlen(ROWS[i].name) == size && strncmp(ROWS[i].name, name, size) == 0)
            return &ROWS[i];
    return NULL;
}

static void name_nearest(const char *name, size_t size, char *ret_why, size_t why_bytes) {
    const struct option_row *nearest = &ROWS[0];
    for (size_t i = 1; i < ROW_COUNT; i++)
        if (distance(name, size, ROWS[i].name) < distance(name, size, nearest->name))
            nearest = &ROWS[i];
    snprintf(ret_why, why_bytes, "there is no flag --%.*s; did you mean --%s?", (int)size, name, nearest->name);
}

/* A list on the command line replaces that of the environment. */
static void forget_list_once(struct options *options, const struct option_row *row, bool *seen) {
    if (row->kind == OPTION_LIST && !seen[row - ROWS])
        ((struct option_list *)(void *)((char *)options + row->place))->count = 0;
    seen[row - ROWS] = true;
}

static bool read_flags(struct options *options, int argc, char **argv, char *ret_why, size_t why_bytes) {
    bool seen[ROW_COUNT] = { false };
    for (int i = 1; i < argc; i++) {
        if (i == 1 && strcmp(argv[i], "serve") == 0) {
            options->serve = true;
            continue;
        }
        if (strncmp(argv[i], "--", 2) != 0) {
            snprintf(ret_why, why_bytes, "%s is not a flag; flags begin with --", argv[i]);
            return false;
        }
        const char *name = argv[i] + 2;
        size_t size = strcspn(name, "=");
        const struct option_row *row = find_row(name, size);
        if (row == NULL) {
            name_nearest(name, size, ret_why, why_bytes);
            return false;
        }
        if (seen[row - ROWS] && row->kind != OPTION_LIST) {
            snprintf(ret_why, why_bytes, "--%s is given twice", row->name);
            return false;
        }
        const char *text = name[size] == '=' ? name + size + 1 : row->kind == OPTION_SWITCH ? "true" : NULL;
        if (text == NULL && ++i < argc)
            text = argv[i];
        if (text == NULL) {
            snprintf(ret_why, why_bytes, "--%s needs a value", row->name);
            return false;
        }
        forget_list_once(options, row, seen);
        if (!set_row(options, row, text, ret_why, why_bytes))
            return false;
    }
    return true;
}

bool options_read(int argc, char **argv, char **environment, struct options *ret_options, char *ret_why,
                  size_t why_bytes) {
    *ret_options = (struct options){ 0 };
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (ROWS[i].initial != NULL && ROWS[i].kind != OPTION_LIST &&
            !set_row(ret_options, &ROWS[i], ROWS[i].initial, ret_why, why_bytes))
            return false;
    if (!read_environment(ret_options, environment, ret_why, why_bytes) ||
        !read_flags(ret_options, argc, argv, ret_why, why_bytes))
        return false;
    if (ret_options->listen.count == 0)
        ret_options->listen = (struct option_list){ .items = { ROWS[0].initial }, .count = 1 };
    if (strcmp(ret_options->engine, "rocksdb") == 0 || strcmp(ret_options->engine, "memory") == 0)
        return true;
    snprintf(ret_why, why_bytes, "--engine: %s is neither rocksdb nor memory", ret_options->engine);
    return false;
}

void options_help(FILE *out) {
    static const char *const values[] = { "", " on|off", " TEXT", " TEXT", " N", " BYTES" }; /* of enum option_kind */
    fputs("Tailrace keeps ordered, durable logs of events and serves them over HTTP.\n\n"
          "  tailrace serve [flags]\n\n"
          "It prints `listening URL` on standard output when it can serve; logs go to standard error;\n"
          "SIGTERM ends it in order. Every flag is also an environment variable: --max-body-bytes is\n"
          "TAILRACE_MAX_BODY_BYTES, lists are separated by commas there, and the command line wins.\n"
          "Bytes may be written 64KiB, 16MiB, 1GiB.\n\n",
          out);
    for (size_t i = 0; i < ROW_COUNT; i++)
        fprintf(out, "  --%s%s\n        %s%s%s%s\n", ROWS[i].name, values[ROWS[i].kind], ROWS[i].help,
                ROWS[i].initial != NULL ? " (" : "", ROWS[i].initial != NULL ? ROWS[i].initial : "",
                ROWS[i].initial != NULL ? ")" : "");
}
