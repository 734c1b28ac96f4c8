/* A table of flags; each takes a value unless it is a switch. */
#include "tests/live/client_options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum flag_kind { FLAG_TEXT, FLAG_NUMBER, FLAG_SWITCH };

struct flag {
    const char *name;
    enum flag_kind kind;
    size_t place;
    const char *help;
};

#define PLACE(member) offsetof(struct client_options, member)

static const struct flag flags[] = {
    { "--host", FLAG_TEXT, PLACE(host), "IPv4 address (127.0.0.1)" },
    { "--port", FLAG_TEXT, PLACE(port), "port" },
    { "--path", FLAG_TEXT, PLACE(path), "path and query of the stream" },
    { "--readers", FLAG_NUMBER, PLACE(readers), "streams (1)" },
    { "--expect", FLAG_NUMBER, PLACE(expect), "events that each reader must get; 0: done when all are open" },
    { "--cuts", FLAG_NUMBER, PLACE(cuts), "how often each reader cuts itself and resumes" },
    { "--pace", FLAG_NUMBER, PLACE(pace), "bytes a second that an open reader takes; 0: none" },
    { "--receive-buffer", FLAG_NUMBER, PLACE(receive_buffer), "SO_RCVBUF in bytes" },
    { "--seconds", FLAG_NUMBER, PLACE(seconds), "at most (60)" },
    { "--linger-ms", FLAG_NUMBER, PLACE(linger_ms), "listens on when all is there (300)" },
    { "--seed", FLAG_NUMBER, PLACE(seed), "where the cuts fall (1)" },
    { "--whole", FLAG_SWITCH, PLACE(whole), "each partition must begin with offset 0" },
    { "--resume", FLAG_SWITCH, PLACE(resume), "connects again, with the last id, when the server closes" },
    { "--hold", FLAG_SWITCH, PLACE(hold), "goes on until standard input ends" },
};
enum { FLAGS = sizeof flags / sizeof *flags };

static const struct flag *find(const char *name) {
    for (size_t i = 0; i < FLAGS; i++) {
        if (strcmp(flags[i].name, name) == 0)
            return &flags[i];
    }
    return NULL;
}

static bool read_number(const char *text, int64_t *ret_number) {
    char *end;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || number < 0 || number > INT64_C(1000000000))
        return false;
    *ret_number = number;
    return true;
}

static bool set(struct client_options *options, const struct flag *flag, const char *value) {
    char *place = (char *)options + flag->place;
    switch (flag->kind) {
    case FLAG_TEXT: memcpy(place, &value, sizeof value); return true;
    case FLAG_NUMBER: return read_number(value, (int64_t *)(void *)place);
    case FLAG_SWITCH: *(bool *)place = true; return true;
    }
    return false;
}

static const char *contradiction(const struct client_options *options) {
    if (options->port == NULL || options->path == NULL)
        return "--port and --path are needed";
    if (options->readers < 1)
        return "--readers: at least one";
    if (options->format == STREAM_NDJSON && (options->cuts > 0 || options->resume))
        return "only event streams resume";
    if (options->cuts > 0 && options->expect <= options->cuts)
        return "--cuts needs more events to --expect";
    return NULL;
}

bool client_options_read(int argc, char **argv, struct client_options *ret_options, const char **ret_why) {
    struct client_options options = {
        .host = "127.0.0.1", .readers = 1, .pace = PACE_FULL, .seconds = 60, .linger_ms = 300, .seed = 1
    };

    for (int i = 1; i < argc; i++) {
        const struct flag *flag = find(argv[i]);
        *ret_why = argv[i];
        if (flag == NULL || (flag->kind != FLAG_SWITCH && i + 1 == argc))
            return false;
        if (!set(&options, flag, flag->kind == FLAG_SWITCH ? NULL : argv[++i]))
            return false;
    }

    if (options.path != NULL && strstr(options.path, "follow=true") != NULL)
        options.format = STREAM_NDJSON;
    *ret_why = contradiction(&options);
    if (*ret_why != NULL)
        return false;

    *ret_options = options;
    return true;
}

void client_options_help(FILE *out) {
    fputs("usage: live_client --port PORT --path PATH [FLAG…]\n"
          "Opens event streams (or, with follow=true in the path, streams of lines) and checks what comes.\n\n",
          out);
    for (size_t i = 0; i < FLAGS; i++)
        fprintf(out, "  %-18s%s  %s\n", flags[i].name, flags[i].kind == FLAG_SWITCH ? "  " : " …", flags[i].help);
}
