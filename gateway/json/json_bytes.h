/* The bytes of JSON strings, 16 at a time: with SSE2, else in two words. Shared by the files of json.h. Pure.
 * A byte is plain when a string may hold it as it is: no quote, no backslash, no control byte. */
#ifndef TAILRACE_GATEWAY_JSON_JSON_BYTES_H
#define TAILRACE_GATEWAY_JSON_JSON_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { JSON_BLOCK_BYTES = 16 };

enum json_plain {
    JSON_PLAIN_ASCII, /* bytes from 0x80 on are not plain either: someone has to check them */
    JSON_PLAIN_ANY,
};

#ifdef __SSE2__
/* Bit i: byte i of the block is not plain. */
static inline uint32_t json_special_in_block(const char *at, enum json_plain plain) {
    __m128i block = _mm_loadu_si128((const __m128i *)at);
    __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    __m128i others = plain == JSON_PLAIN_ASCII
                         ? _mm_cmplt_epi8(block, _mm_set1_epi8(0x20)) /* signed: from 0x80 on is below 0x20, too */
                         : _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others));
}
#else
#define JSON_EVERY_BYTE(byte) (UINT64_MAX / 0xff * (byte))

/* Bit i: byte i of the eight is not plain. */
static inline uint32_t json_special_in_word(const char *at, enum json_plain plain) {
    const uint64_t tops = JSON_EVERY_BYTE(0x80);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    word = le64toh(word);
    /* In what follows no sum leaves its byte; its top bit is set if the byte differs, or is 0x20 at least. */
    uint64_t low = word & ~tops;
    uint64_t no_quotes = (low ^ JSON_EVERY_BYTE('"')) + ~tops;
    uint64_t no_backslashes = (low ^ JSON_EVERY_BYTE('\\')) + ~tops;
    uint64_t no_controls = low + JSON_EVERY_BYTE(0x80 - 0x20);
    uint64_t special = (~(no_quotes & no_backslashes & no_controls) & ~word) | (plain == JSON_PLAIN_ASCII ? word : 0);
    /* The multiplication gathers the top bits in the highest byte, in order. */
    return (uint32_t)(((special & tops) >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* Bit i: byte i of the block is not plain. */
static inline uint32_t json_special_in_block(const char *at, enum json_plain plain) {
    return json_special_in_word(at, plain) | json_special_in_word(at + 8, plain) << 8;
}
#endif

/* How many bytes from `at` on are plain; reads nothing at or behind `end`. */
static inline size_t json_plain_bytes(const char *at, const char *end, enum json_plain plain) {
    const char *begin = at;
    for (; end - at >= JSON_BLOCK_BYTES; at += JSON_BLOCK_BYTES) {
        uint32_t special = json_special_in_block(at, plain);
        if (special != 0)
            return (size_t)(at - begin) + (size_t)__builtin_ctz(special);
    }
    char last[JSON_BLOCK_BYTES] = { 0 }; /* a NUL is not plain: behind what is copied the run ends */
    memcpy(last, at, (size_t)(end - at));
    uint32_t special = json_special_in_block(last, plain) | UINT32_C(1) << (end - at);
    return (size_t)(at - begin) + (size_t)__builtin_ctz(special);
}

#endif
