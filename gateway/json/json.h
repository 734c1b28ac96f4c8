/* JSON text as bytes: a strict one-pass scanner (RFC 8259, UTF-8) that builds no tree. The hot path of an event.
 *
 * Accepted beyond what jansson takes: numbers of any size, duplicate members, \u0000, lone surrogate escapes.
 * Refused: a byte order mark, invalid UTF-8 (RFC 3629), control bytes in strings, greater depth than LIMIT_JSON_DEPTH.
 * All functions are pure; any thread. */
#ifndef TAILRACE_GATEWAY_JSON_JSON_H
#define TAILRACE_GATEWAY_JSON_JSON_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "gateway/limits.h"

enum json_kind {
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_STRING,
    JSON_KIND_NUMBER,
    JSON_KIND_TRUE,
    JSON_KIND_FALSE,
    JSON_KIND_NULL
};

struct json_error {
    size_t position;     /* byte of the text where it went wrong */
    const char *message; /* static: "expected a value", … */
};

/* The position of the first byte at or after `at` that is not JSON white space (may be size). */
size_t json_skip_space(const char *text, size_t size, size_t at);

/* Scans the value that begins at `at` (a byte that is not white space) and sets *ret_end behind its last byte. Each CR
 * or LF between its tokens is overwritten with a space; nothing else is changed. False: `error` says why and where. */
bool json_scan(char *text, size_t size, size_t at, size_t *ret_end, struct json_error *error);

/* The kind of a value from its first byte. Only for text that json_scan has accepted. */
enum json_kind json_kind_of(struct bytes value);

/* Walks the elements of an array or the members of an object, in text that json_scan has accepted (so it cannot fail).
 *     struct json_walk walk = json_walk(value);
 *     while (json_walk_next(&walk)) … walk.name (raw, with its quotes; none in an array), walk.value … */
struct json_walk {
    struct bytes name;
    struct bytes value;
    const char *at; /* internal, as the next one */
    const char *end;
};
struct json_walk json_walk(struct bytes value);
bool json_walk_next(struct json_walk *walk);

/* Appends the text of a string (with its quotes, accepted by json_scan), decoded to UTF-8. False: it holds a lone
 * surrogate escape, which UTF-8 cannot encode; the buffer then holds what comes before it. Memory: see buffer->failed. */
bool json_decode_string(struct bytes string, struct buffer *buffer);

/* Whether a string (with its quotes), decoded, is exactly this text. */
bool json_string_is(struct bytes string, struct bytes text);

/* Appends text (valid UTF-8) as a JSON string with its quotes: escapes ", \ and control bytes, no more. */
void json_append_string(struct buffer *buffer, struct bytes text);

/* Whether the bytes are valid UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing above U+10FFFF. */
bool utf8_valid(struct bytes text);

#endif
