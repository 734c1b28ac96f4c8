/* Where json_scan and jansson may differ, in one place: for the corpus test, and for whoever compares them
 * elsewhere. */
#ifndef TAILRACE_TESTS_UNIT_JSON_DIFFERENCES_H
#define TAILRACE_TESTS_UNIT_JSON_DIFFERENCES_H

#include "gateway/json/json.h"

#include <jansson.h>

/* jansson's answer must be had with these: the differences below are what remains. */
enum { JSON_DIFFERENCES_FLAGS = JSON_DECODE_ANY | JSON_ALLOW_NUL };

struct json_difference {
    enum json_error_code code;
    const char *text; /* how jansson's message begins */
    const char *why;
};

/* What jansson refuses and json_scan accepts. */
static const struct json_difference json_differences[] = {
    { json_error_numeric_overflow, "", "numbers of any size" },
    { json_error_null_byte_in_key, "", "\\u0000 in the name of a member" },
    { json_error_invalid_syntax, "invalid Unicode", "lone surrogate escapes" },
};

/* jansson 2.14 passes over a NUL byte right behind a number or a word: it reads one byte too many there, and
 * takes the NUL that it puts back for an empty buffer. */
static inline bool json_is_nul_behind_token(struct bytes text, size_t position) {
    if (position == 0 || position >= text.size || text.data[position] != '\0')
        return false;
    char last = text.data[position - 1];
    return (last >= '0' && last <= '9') || (last >= 'a' && last <= 'z');
}

/* Whether the two answers to one text are the same or differ as agreed. The error of a side that accepted is
 * ignored. jansson goes to a depth of 2048. */
static inline bool json_answers_agree(struct bytes text, bool scan_accepted, const struct json_error *scan_error,
                                      bool jansson_accepted, const json_error_t *jansson_error) {
    if (scan_accepted == jansson_accepted)
        return true;
    if (jansson_accepted)
        return strcmp(scan_error->message, "nested deeper than 128 levels") == 0 ||
               json_is_nul_behind_token(text, scan_error->position);
    for (size_t i = 0; i < sizeof json_differences / sizeof *json_differences; i++) {
        const struct json_difference *agreed = &json_differences[i];
        if (json_error_code(jansson_error) == agreed->code &&
            strncmp(jansson_error->text, agreed->text, strlen(agreed->text)) == 0)
            return true;
    }
    return false;
}

#endif
