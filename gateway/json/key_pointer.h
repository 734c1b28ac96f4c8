/* The key of an event that brings none: an RFC 6901 JSON Pointer into its value. Pure; any thread. */
#ifndef TAILRACE_GATEWAY_JSON_KEY_POINTER_H
#define TAILRACE_GATEWAY_JSON_KEY_POINTER_H

#include "base/buffer.h"
#include "base/bytes.h"

/* Whether the text is a JSON Pointer: "" or "/a/b~1c/0", where ~ is followed by 0 or 1; valid UTF-8, no NUL. */
bool key_pointer_valid(const char *pointer);

enum key_pointer_result {
    KEY_POINTER_FOUND,   /* the key was appended to the buffer (it may be empty) */
    KEY_POINTER_NONE,    /* nothing there, or null, an array, an object: no key */
    KEY_POINTER_INVALID, /* a string with a lone surrogate escape, which cannot be a key */
};

/* Finds the key in a value that json_scan has accepted. Of duplicate members the last counts; a string gives its
 * decoded text, a number or a boolean its spelling. An array index is "0" or digits without a leading zero. When
 * the buffer has failed afterwards, there was no memory; the result means nothing. */
enum key_pointer_result key_pointer_find(const char *pointer, struct bytes value, struct buffer *key);

#endif
