/* The table of flags, from which reading, help and suggestions are made. For options….c alone. */
#ifndef TAILRACE_GATEWAY_OPTIONS_ROWS_H
#define TAILRACE_GATEWAY_OPTIONS_ROWS_H

#include "base/bytes.h"
#include "gateway/options.h"

enum option_kind { OPTION_SWITCH, OPTION_ON_OFF, OPTION_TEXT, OPTION_LIST, OPTION_NUMBER, OPTION_BYTES };

struct option_row {
    const char *group; /* the heading of those that follow; NULL: the same as before */
    const char *name;
    const char *value; /* what follows the name in the help; NULL: nothing */
    enum option_kind kind;
    size_t place; /* offset in struct options */
    uint64_t min;
    uint64_t max;
    const char
        *initial;     /* the default, as one would write it; NULL: off, none, explained in the help, or the engine's */
    const char *help; /* lines are broken by \n */
};

enum { OPTION_ROW_COUNT = 35 };

/* `listen` is the first. */
extern const struct option_row OPTION_ROWS[OPTION_ROW_COUNT];

/* A flag that had another name once. */
struct option_renaming {
    const char *old_name;
    const char *name;
};

enum { OPTION_RENAMING_COUNT = 3 };

extern const struct option_renaming OPTION_RENAMINGS[OPTION_RENAMING_COUNT];

/* Writes what to do about a flag that does not exist, by its name without the dashes, or about a word that is no flag. */
void options_explain_unknown(const char *name, size_t size, char *ret_why, size_t why_bytes);
void options_explain_word(const char *word, bool has_command, char *ret_why, size_t why_bytes);

#endif
