/* JSON text without the white space around its tokens: what a walk that misses nothing gives back. */
#ifndef TAILRACE_TESTS_JSON_TOKENS_H
#define TAILRACE_TESTS_JSON_TOKENS_H

#include "base/buffer.h"

#include <string.h>

/* Appends a valid JSON text but for the bytes of `spaces` outside of strings. */
static inline void json_tokens_append(struct buffer *tokens, struct bytes text, const char *spaces) {
    bool in_string = false;
    for (size_t at = 0; at < text.size; at++) {
        char byte = text.data[at];
        if (!in_string && strchr(spaces, byte) != NULL)
            continue;
        buffer_append_u8(tokens, (uint8_t)byte);
        if (in_string && byte == '\\')
            buffer_append_u8(tokens, (uint8_t)text.data[++at]);
        else if (byte == '"')
            in_string = !in_string;
    }
}

#endif
