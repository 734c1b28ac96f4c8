/* A window of 64 bytes over the text that json.c scans, with one bit for each byte that is not plain.
 *
 * A string ends where the next bit is. Finding it takes a shift and a count; without the window each string would wait
 * for a load and four vector instructions more, one string after the other, and that is most of the time of a scan. */
#ifndef TAILRACE_GATEWAY_JSON_JSON_WINDOW_H
#define TAILRACE_GATEWAY_JSON_JSON_WINDOW_H

#include "gateway/json/json_bytes.h"

enum { JSON_WINDOW_BYTES = 64 };

struct json_window {
    const char *begin; /* of the text */
    const char *end;
    const char *at;   /* the window; `end` while there is none */
    uint64_t special; /* bit i: at[i] is not plain (JSON_PLAIN_ASCII) */
};

static inline struct json_window json_window_of(const char *text, size_t size) {
    return (struct json_window){ .begin = text, .end = text + size, .at = text + size, .special = 0 };
}

static inline uint64_t json_special_in_window(const char *at) {
    uint64_t special = 0;
    for (unsigned i = 0; i < JSON_WINDOW_BYTES; i += JSON_BLOCK_BYTES)
        special |= (uint64_t)json_special_in_block(at + i, JSON_PLAIN_ASCII) << i;
    return special;
}

/* Moves the window so that it holds `at` (in the text, before its end). It never leaves the text: at the end it moves
 * back, and a text that is shorter is copied, the NUL bytes behind it being special. */
static inline void json_window_move(struct json_window *window, const char *at) {
    size_t size = (size_t)(window->end - window->begin);
    if (size >= JSON_WINDOW_BYTES) {
        window->at = window->end - at >= JSON_WINDOW_BYTES ? at : window->end - JSON_WINDOW_BYTES;
        window->special = json_special_in_window(window->at);
    } else {
        char copy[JSON_WINDOW_BYTES] = { 0 };
        memcpy(copy, window->begin, size);
        window->at = window->begin;
        window->special = json_special_in_window(copy);
    }
}

/* How many bytes from `at` on are plain; the window moves on as it needs to. */
__attribute__((noinline, unused)) static size_t json_window_plain_moving(struct json_window *window, const char *at) {
    const char *begin = at;
    while (at < window->end) {
        json_window_move(window, at);
        uint64_t special = window->special >> (at - window->at);
        if (special != 0)
            return (size_t)(at - begin) + (size_t)__builtin_ctzll(special);
        at = window->at + JSON_WINDOW_BYTES;
    }
    return (size_t)(at - begin);
}

/* The same; the case that is worth inlining. */
static inline size_t json_window_plain(struct json_window *window, const char *at) {
    size_t offset = (size_t)(at - window->at); /* wraps, and so is too large, when the window lies behind */
    uint64_t special = offset < JSON_WINDOW_BYTES ? window->special >> offset : 0;
    return special != 0 ? (size_t)__builtin_ctzll(special) : json_window_plain_moving(window, at);
}

#endif
