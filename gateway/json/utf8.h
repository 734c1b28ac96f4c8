/* One UTF-8 sequence at a time (RFC 3629), inline for the scanners. Whole texts: utf8_valid in gateway/json/json.h. Pure. */
#ifndef TAILRACE_GATEWAY_JSON_UTF8_H
#define TAILRACE_GATEWAY_JSON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_SEQUENCE_BYTES_MAX = 4 };

static inline bool utf8_is_continuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

static inline bool utf8_is_surrogate(uint32_t code) { return code >= 0xd800 && code <= 0xdfff; }

/* The bytes of the sequence that begins at `text` (text < end); 0 when it is not valid or is cut off by `end`. */
static inline size_t utf8_sequence_bytes(const char *text, const char *end) {
    const uint8_t *at = (const uint8_t *)text;
    size_t left = (size_t)(end - text);
    if (at[0] < 0x80)
        return 1;
    if (left < 2 || !utf8_is_continuation(at[1]))
        return 0;
    if (at[0] >= 0xc2 && at[0] <= 0xdf) /* 0xc0 and 0xc1 would be overlong */
        return 2;
    if (left < 3 || !utf8_is_continuation(at[2]))
        return 0;
    if ((at[0] & 0xf0) == 0xe0) {
        uint32_t code = (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
        return code >= 0x800 && !utf8_is_surrogate(code) ? 3 : 0;
    }
    if (left < 4 || !utf8_is_continuation(at[3]) || (at[0] & 0xf8) != 0xf0)
        return 0;
    uint32_t high = (uint32_t)(at[0] & 0x07) << 6 | (at[1] & 0x3f); /* the code without its lowest 12 bits */
    return high >= 0x10 && high <= 0x10f ? 4 : 0;
}

/* Writes the sequence of a code point (no surrogate, at most U+10FFFF); returns how many bytes. */
static inline size_t utf8_put(char to[UTF8_SEQUENCE_BYTES_MAX], uint32_t code) {
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    to[0] = (char)((0xf00u >> size) | code); /* 0xc0, 0xe0 or 0xf0 in its low eight bits */
    return size;
}

#endif
