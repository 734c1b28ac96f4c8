/* Reading the environment and the command line by the table of options_rows.c. */
#include "gateway/options_rows.h"

#include <string.h>

enum { NAME_BYTES_MAX = 64 };

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
    bool on = false;
    switch (row->kind) {
    case OPTION_SWITCH:
        if (parse_switch(text, place))
            return true;
        snprintf(ret_why, why_bytes, "--%s %s: expected true or false", row->name, text);
        return false;
    case OPTION_ON_OFF:
        if (parse_switch(text, &on)) {
            *(enum option_choice *)place = on ? OPTION_ON : OPTION_OFF;
            return true;
        }
        snprintf(ret_why, why_bytes, "--%s %s: expected on or off", row->name, text);
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
        snprintf(ret_why, why_bytes, "--%s %s: expected a whole number%s from %llu to %llu", row->name, text,
                 row->kind == OPTION_BYTES ? " of bytes (or of KiB, MiB, GiB)" : "", (unsigned long long)row->min,
                 (unsigned long long)row->max);
        return false;
    }
    return false;
}

/* "TAILRACE_MAX_BODY_BYTES" for --max-body-bytes. */
static size_t variable_name(const char *flag, char name[NAME_BYTES_MAX]) {
    int size = snprintf(name, NAME_BYTES_MAX, "TAILRACE_%s", flag);
    for (char *at = name; *at != '\0'; at++)
        *at = (char)(*at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    return (size_t)size;
}

/* The value of a flag's environment variable; NULL: it is not set. */
static const char *find_variable(const char *flag, char **environment) {
    char name[NAME_BYTES_MAX];
    size_t size = variable_name(flag, name);
    for (char **variable = environment; *variable != NULL; variable++)
        if (strncmp(*variable, name, size) == 0 && (*variable)[size] == '=')
            return *variable + size + 1;
    return NULL;
}

/* A list in a variable is separated by commas, with or without spaces around them. */
static bool set_list(struct options *options, const struct option_row *row, const char *text, char *ret_why,
                     size_t why_bytes) {
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        if (size >= sizeof options->copies - options->copies_used) {
            snprintf(ret_why, why_bytes, "--%s: the list in the environment is longer than %d bytes", row->name,
                     OPTION_TEXT_BYTES_MAX);
            return false;
        }
        char *copy = options->copies + options->copies_used;
        struct bytes item = bytes_trim((struct bytes){ text, size });
        memcpy(copy, item.data, item.size);
        copy[item.size] = '\0';
        options->copies_used += item.size + 1;

        if (item.size > 0 && !set_row(options, row, copy, ret_why, why_bytes))
            return false;
        text += size + (text[size] == ',');
    }

    return true;
}

/* A variable by an old name would be passed over like any that is not ours, and the server run with a default. */
static bool refuse_old_variables(char **environment, char *ret_why, size_t why_bytes) {
    for (size_t i = 0; i < OPTION_RENAMING_COUNT; i++) {
        char old_name[NAME_BYTES_MAX], name[NAME_BYTES_MAX];
        if (find_variable(OPTION_RENAMINGS[i].old_name, environment) == NULL)
            continue;
        variable_name(OPTION_RENAMINGS[i].old_name, old_name);
        variable_name(OPTION_RENAMINGS[i].name, name);
        snprintf(ret_why, why_bytes, "the environment variable %s is now called %s", old_name, name);
        return false;
    }
    return true;
}

static bool read_environment(struct options *options, char **environment, char *ret_why, size_t why_bytes) {
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        const char *text = find_variable(OPTION_ROWS[i].name, environment);
        if (text == NULL)
            continue;
        bool good = OPTION_ROWS[i].kind == OPTION_LIST ? set_list(options, &OPTION_ROWS[i], text, ret_why, why_bytes)
                                                       : set_row(options, &OPTION_ROWS[i], text, ret_why, why_bytes);
        if (!good) {
            char name[NAME_BYTES_MAX];
            size_t size = strlen(ret_why);
            variable_name(OPTION_ROWS[i].name, name);
            snprintf(ret_why + size, why_bytes - size, " (set by the environment variable %s)", name);
            return false;
        }
    }

    return true;
}

static const struct option_row *find_row(const char *name, size_t size) {
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
        if (strlen(OPTION_ROWS[i].name) == size && strncmp(OPTION_ROWS[i].name, name, size) == 0)
            return &OPTION_ROWS[i];
    return NULL;
}

/* A list on the command line replaces that of the environment. */
static void forget_list_once(struct options *options, const struct option_row *row, bool *seen) {
    if (row->kind == OPTION_LIST && !seen[row - OPTION_ROWS])
        ((struct option_list *)(void *)((char *)options + row->place))->count = 0;
    seen[row - OPTION_ROWS] = true;
}

static bool read_flags(struct options *options, int argc, char **argv, char *ret_why, size_t why_bytes) {
    bool seen[OPTION_ROW_COUNT] = { false };
    for (int i = 1; i < argc; i++) {
        if (i == 1 && strcmp(argv[i], "serve") == 0) {
            options->serve = true;
            continue;
        }
        if (strncmp(argv[i], "--", 2) != 0) {
            options_explain_word(argv[i], options->serve, ret_why, why_bytes);
            return false;
        }

        const char *name = argv[i] + 2;
        size_t size = strcspn(name, "=");
        const struct option_row *row = find_row(name, size);
        if (row == NULL) {
            options_explain_unknown(name, size, ret_why, why_bytes);
            return false;
        }
        if (seen[row - OPTION_ROWS] && row->kind != OPTION_LIST) {
            snprintf(ret_why, why_bytes, "--%s is given twice; give it once", row->name);
            return false;
        }

        const char *text = name[size] == '=' ? name + size + 1 : row->kind == OPTION_SWITCH ? "true" : NULL;
        if (text == NULL && ++i < argc)
            text = argv[i];
        /* The next flag is no value: a data directory of that name would be found much later. */
        if (text == NULL || (text == argv[i] && strncmp(text, "--", 2) == 0)) {
            snprintf(ret_why, why_bytes, "--%s needs a value: --%s %s", row->name, row->name, row->value);
            return false;
        }

        forget_list_once(options, row, seen);
        if (!set_row(options, row, text, ret_why, why_bytes))
            return false;
    }

    return true;
}

bool options_read(int argc, char **argv, char **environment, const struct storage_tuning *defaults,
                  struct options *ret_options, char *ret_why, size_t why_bytes) {
    *ret_options = (struct options){ .storage = *defaults };
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
        if (OPTION_ROWS[i].initial != NULL && OPTION_ROWS[i].kind != OPTION_LIST &&
            !set_row(ret_options, &OPTION_ROWS[i], OPTION_ROWS[i].initial, ret_why, why_bytes))
            return false;

    if (!refuse_old_variables(environment, ret_why, why_bytes) ||
        !read_environment(ret_options, environment, ret_why, why_bytes) ||
        !read_flags(ret_options, argc, argv, ret_why, why_bytes))
        return false;

    if (ret_options->listen.count == 0)
        ret_options->listen = (struct option_list){ .items = { OPTION_ROWS[0].initial }, .count = 1 };
    if (strcmp(ret_options->engine, "rocksdb") == 0 || strcmp(ret_options->engine, "memory") == 0)
        return true;
    snprintf(ret_why, why_bytes, "--engine %s: expected rocksdb or memory", ret_options->engine);
    return false;
}
