/* The scanner: one pass over one value, no tree, no recursion, no allocation. Every function that scans takes the first
 * byte of what it scans and returns the first behind it, or NULL with the fault noted. */
#include "gateway/json/json.h"

#include "gateway/json/json_window.h"
#include "gateway/json/utf8.h"

struct scan {
    struct json_window window;
    const char *end;
    const char *fault;   /* the byte where it went wrong; may be end */
    const char *message; /* static */
};

static char *fail(struct scan *scan, const char *at, const char *message) {
    scan->fault = at;
    scan->message = message;
    return NULL;
}

/* Passes white space between two tokens, and makes it spaces: events are stored and sent as single lines. */
static inline char *pass_space(char *at, const char *end) {
    for (; at < end && (uint8_t)*at <= ' '; at++) {
        if (*at == '\n' || *at == '\r')
            *at = ' ';
        else if (*at != ' ' && *at != '\t')
            break;
    }
    return at;
}

static inline bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static inline bool is_hex_digit(char byte) {
    char lower = (char)(byte | 0x20);
    return is_digit(byte) || (lower >= 'a' && lower <= 'f');
}

/* From behind the backslash. */
static char *scan_escape(struct scan *scan, char *at) {
    if (at == scan->end)
        return fail(scan, at, "unexpected end inside a string");

    switch (*at++) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at;
    case 'u': break;
    default: return fail(scan, at - 1, "invalid escape: expected one of \" \\ / b f n r t u after the backslash");
    }

    for (int i = 0; i < 4; i++, at++) {
        if (at == scan->end)
            return fail(scan, at, "unexpected end inside a string");
        if (!is_hex_digit(*at))
            return fail(scan, at, "expected four hexadecimal digits after \\u");
    }

    return at;
}

/* From `at`, which is not plain, to behind the closing quote. */
static char *scan_string_rest(struct scan *scan, char *at) {
    for (const char *end = scan->end; at < end; at += json_window_plain(&scan->window, at)) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\') {
            at = scan_escape(scan, at + 1);
            if (at == NULL)
                return NULL;
        } else if ((uint8_t)*at < 0x20) {
            return fail(scan, at, "a control character in a string must be escaped");
        }
        while (at < end && (uint8_t)*at >= 0x80) {
            size_t size = utf8_sequence_bytes(at, end);
            if (size == 0)
                return fail(scan, at, "invalid UTF-8");
            at += size;
        }
    }

    return fail(scan, at, "unexpected end inside a string");
}

/* From behind the opening quote. Most strings are plain. */
static inline char *scan_string(struct scan *scan, char *at) {
    at += json_window_plain(&scan->window, at);
    if (at < scan->end && *at == '"')
        return at + 1;
    return scan_string_rest(scan, at);
}

static inline char *scan_digits(struct scan *scan, char *at) {
    if (at == scan->end)
        return fail(scan, at, "unexpected end inside a number");
    if (!is_digit(*at))
        return fail(scan, at, "expected a digit");
    do
        at++;
    while (at < scan->end && is_digit(*at));
    return at;
}

static char *scan_number(struct scan *scan, char *at) {
    const char *end = scan->end;
    if (*at == '-')
        at++;
    const char *first = at;
    at = scan_digits(scan, at);
    if (at == NULL)
        return NULL;
    if (*first == '0' && at - first > 1)
        return fail(scan, first, "a number cannot start with a zero before other digits");
    if (at < end && *at == '.') {
        at = scan_digits(scan, at + 1);
        if (at == NULL)
            return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        return scan_digits(scan, at);
    }
    return at;
}

static char *scan_word(struct scan *scan, char *at, struct bytes word) {
    if ((size_t)(scan->end - at) >= word.size && memcmp(at, word.data, word.size) == 0)
        return at + word.size;
    for (const char *expected = word.data; at < scan->end && *at == *expected; expected++)
        at++;
    return fail(scan, at,
                at == scan->end ? "unexpected end inside true, false or null" : "expected true, false or null");
}

/* Any value but a string, an array, an object. */
static char *scan_scalar(struct scan *scan, char *at) {
    if (at == scan->end)
        return fail(scan, at, "unexpected end: expected a value");
    switch (*at) {
    case 't': return scan_word(scan, at, BYTES_LITERAL("true"));
    case 'f': return scan_word(scan, at, BYTES_LITERAL("false"));
    case 'n': return scan_word(scan, at, BYTES_LITERAL("null"));
    case '-': return scan_number(scan, at);
    case '\xef': return fail(scan, at, "expected a value, found a byte order mark; remove it");
    default: return is_digit(*at) ? scan_number(scan, at) : fail(scan, at, "expected a value");
    }
}

/* Whether `mark` is next, with white space perhaps on both sides. Then *at moves behind all that, else to what is
 * there instead. */
static inline bool pass_mark(char **at, const char *end, char mark) {
    char *here = *at;
    if (end - here >= 2 && here[0] == mark && (uint8_t)here[1] > ' ') { /* as all but people write it */
        *at = here + 1;
        return true;
    }
    here = pass_space(here, end);
    bool found = here < end && *here == mark;
    *at = found ? pass_space(here + 1, end) : here;
    return found;
}

/* The name of a member and its colon; returns the first byte of its value. */
static inline char *scan_name(struct scan *scan, char *at) {
    if (at == scan->end || *at != '"')
        return fail(scan, at,
                    at == scan->end ? "unexpected end inside an object" : "expected a member name in double quotes");
    at = scan_string(scan, at + 1);
    if (at == NULL || pass_mark(&at, scan->end, ':'))
        return at;
    return fail(scan, at, at == scan->end ? "unexpected end inside an object" : "expected ':'");
}

static char *fail_inside(struct scan *scan, const char *at, char closer) {
    if (at == scan->end)
        return fail(scan, at, closer == '}' ? "unexpected end inside an object" : "unexpected end inside an array");
    return fail(scan, at, closer == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
}

/* From behind a value: passes what closes here. Returns where the next item begins, or with *depth 0 where all ends. */
static inline char *scan_closers(struct scan *scan, char *at, const char *closers, size_t *depth) {
    while (*depth > 0 && !pass_mark(&at, scan->end, ',')) {
        char closer = closers[*depth - 1];
        if (at == scan->end || *at != closer)
            return fail_inside(scan, at, closer);
        at++;
        (*depth)--;
    }
    return at;
}

static char *scan_value(struct scan *scan, char *at) {
    const char *end = scan->end;
    char closers[LIMIT_JSON_DEPTH]; /* what ends each array and object that is open */
    size_t depth = 0;
    for (;;) {
        bool opened = false;
        if (at < end && *at == '"') {
            at = scan_string(scan, at + 1);
        } else if (at < end && (*at == '{' || *at == '[')) {
            if (depth == LIMIT_JSON_DEPTH)
                return fail(scan, at, "nested deeper than " LIMIT_TEXT(LIMIT_JSON_DEPTH) " levels");
            closers[depth++] = *at == '{' ? '}' : ']';
            at = pass_space(at + 1, end);
            opened = at == end || *at != closers[depth - 1];
        } else {
            at = scan_scalar(scan, at);
        }
        if (at != NULL && !opened)
            at = scan_closers(scan, at, closers, &depth);
        if (at == NULL || depth == 0)
            return at;
        if (closers[depth - 1] == '}') {
            at = scan_name(scan, at);
            if (at == NULL)
                return NULL;
        }
    }
}

bool json_scan(char *text, size_t size, size_t at, size_t *ret_end, struct json_error *error) {
    struct scan scan = { .window = json_window_of(text, size), .end = text + size };
    const char *value_end = scan_value(&scan, text + at);
    if (value_end == NULL) {
        *error = (struct json_error){ .position = (size_t)(scan.fault - text), .message = scan.message };
        return false;
    }
    *ret_end = (size_t)(value_end - text);
    return true;
}
