/* What people read of the flags: the help, and what to do about a flag that does not exist. */
#include "gateway/options_rows.h"

#include <string.h>

enum { NAME_BYTES_MAX = 64, WORD_BYTES_MAX = 100, MIB = 1 << 20 };

/* What other programs call it, where the spelling is not near. */
static const struct {
    const char *name;
    const char *flag;
    const char *example;
} OTHER_NAMES[] = {
    { "port", "listen", "8080" },
    { "p", "listen", "8080" },
    { "bind", "listen", "127.0.0.1:8080" },
    { "addr", "listen", "127.0.0.1:8080" },
    { "address", "listen", "127.0.0.1:8080" },
    { "dir", "data", "./tailrace-data" },
    { "directory", "data", "./tailrace-data" },
    { "data-dir", "data", "./tailrace-data" },
    { "storage", "data", "./tailrace-data" },
    { "cors", "cors-origin", "https://shop.example" },
    { "origin", "cors-origin", "https://shop.example" },
    { "allowed-origins", "cors-origin", "https://shop.example" },
    { "server-name", "host", "events.example" },
    { "allowed-hosts", "host", "events.example" },
    { "memory", "engine", "memory" },
    { "verbose", "access-log", "on" },
    { "quiet", "access-log", "off" },
    { "log", "access-log", "on" },
    { "workers", "threads", "4" },
    { "h", "help", "" },
    { "v", "version", "" },
};
enum { OTHER_NAME_COUNT = sizeof OTHER_NAMES / sizeof OTHER_NAMES[0] };

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

/* The example of a flag that is known by another name; false: it is not. */
static bool explain_other_name(const char *name, size_t size, const char *dashes, char *ret_why, size_t why_bytes) {
    for (size_t i = 0; i < OTHER_NAME_COUNT; i++) {
        if (!bytes_equal((struct bytes){ name, size }, bytes_text(OTHER_NAMES[i].name)))
            continue;
        snprintf(ret_why, why_bytes, "unknown flag %s%s; use --%s%s%s", dashes, OTHER_NAMES[i].name,
                 OTHER_NAMES[i].flag, OTHER_NAMES[i].example[0] != '\0' ? " " : "", OTHER_NAMES[i].example);
        return true;
    }
    return false;
}

static bool explain_renaming(const char *name, size_t size, char *ret_why, size_t why_bytes) {
    for (size_t i = 0; i < OPTION_RENAMING_COUNT; i++) {
        const struct option_renaming *renaming = &OPTION_RENAMINGS[i];
        if (!bytes_equal((struct bytes){ name, size }, bytes_text(renaming->old_name)))
            continue;
        snprintf(ret_why, why_bytes, "--%s is now called --%s", renaming->old_name, renaming->name);
        return true;
    }
    return false;
}

void options_explain_unknown(const char *name, size_t size, char *ret_why, size_t why_bytes) {
    const struct option_row *nearest = &OPTION_ROWS[0];
    if (explain_renaming(name, size, ret_why, why_bytes) || explain_other_name(name, size, "--", ret_why, why_bytes))
        return;

    for (size_t i = 1; i < OPTION_ROW_COUNT; i++)
        if (distance(name, size, OPTION_ROWS[i].name) < distance(name, size, nearest->name))
            nearest = &OPTION_ROWS[i];
    int shown = size < WORD_BYTES_MAX ? (int)size : WORD_BYTES_MAX;
    /* Further away than half of it, the nearest is no better than any other. */
    if (2 * distance(name, size, nearest->name) <= strlen(nearest->name))
        snprintf(ret_why, why_bytes, "unknown flag --%.*s; did you mean --%s?", shown, name, nearest->name);
    else
        snprintf(ret_why, why_bytes, "unknown flag --%.*s; tailrace --help lists all flags", shown, name);
}

void options_explain_word(const char *word, bool has_command, char *ret_why, size_t why_bytes) {
    if (word[0] == '-' && explain_other_name(word + 1, strlen(word + 1), "-", ret_why, why_bytes))
        return;
    if (word[0] == '-' || has_command)
        snprintf(ret_why, why_bytes, "unexpected argument %.*s; flags start with --, and tailrace --help lists them",
                 WORD_BYTES_MAX, word);
    else
        snprintf(ret_why, why_bytes, "unknown command %.*s; the only command is serve: tailrace serve [FLAGS]",
                 WORD_BYTES_MAX, word);
}

/* A default as one would write it; "": there is none. */
static void write_default(const struct option_row *row, const struct options *defaults, char text[NAME_BYTES_MAX]) {
    bool is_count = row->kind == OPTION_NUMBER || row->kind == OPTION_BYTES;
    snprintf(text, NAME_BYTES_MAX, "%s", row->initial != NULL ? row->initial : "");
    if (row->initial != NULL || !is_count)
        return;

    uint64_t number = *(const uint64_t *)(const void *)((const char *)defaults + row->place);
    bool is_mib = row->kind == OPTION_BYTES && number > 0 && number % MIB == 0;
    snprintf(text, NAME_BYTES_MAX, is_mib ? "%lluMiB" : "%llu", (unsigned long long)(is_mib ? number / MIB : number));
}

static void print_row(FILE *out, const struct option_row *row, const struct options *defaults) {
    char initial[NAME_BYTES_MAX];
    write_default(row, defaults, initial);
    if (row->group != NULL)
        fprintf(out, "\n%s:\n", row->group);
    fprintf(out, "  --%s%s%s", row->name, row->value != NULL ? " " : "", row->value != NULL ? row->value : "");
    if (initial[0] != '\0')
        fprintf(out, "  (default: %s)", initial);
    fputc('\n', out);

    const char *line = row->help;
    while (line[0] != '\0') {
        size_t size = strcspn(line, "\n");
        fprintf(out, "        %.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
}

void options_help(FILE *out, const struct storage_tuning *defaults) {
    const struct options all = { .storage = *defaults };
    fputs(
        "Tailrace keeps ordered, durable logs of events and serves them over HTTP.\n\n"
        "Usage: tailrace serve [FLAGS]\n\n"
        "When it is ready, it prints `listening URL` on standard output, one line for each address. Logs go to\n"
        "standard error. SIGTERM or SIGINT stops it after the requests under way.\n\n"
        "There is no authentication and no TLS: whoever can reach an address can read, write and delete everything.\n\n"
        "Every flag is also an environment variable: --max-body-bytes is TAILRACE_MAX_BODY_BYTES. The values of a\n"
        "repeatable flag are separated by commas there, a flag without a value takes true or false, and the command\n"
        "line wins. BYTES is a number of bytes, or with a unit (64KiB, 16MiB, 1GiB); MS is a number of milliseconds.\n",
        out);

    for (size_t i = 0; i < OPTION_ROW_COUNT; i++)
        print_row(out, &OPTION_ROWS[i], &all);
}
