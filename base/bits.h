/* Numbers on disk and on the wire, written by hand: big-endian (so that bytes sort as numbers do) and LEB128 varints
 * (seven bits a byte, least significant first, the top bit says "more"; at most ten bytes). */
#ifndef TAILRACE_BASE_BITS_H
#define TAILRACE_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VARINT_BYTES_MAX = 10 };

static inline void put_be32(void *to, uint32_t value) {
    uint8_t *bytes = to;
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static inline void put_be64(void *to, uint64_t value) {
    put_be32(to, (uint32_t)(value >> 32));
    put_be32((uint8_t *)to + 4, (uint32_t)value);
}

static inline uint32_t get_be32(const void *from) {
    const uint8_t *bytes = from;
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 8 | bytes[i];
    return value;
}

static inline uint64_t get_be64(const void *from) {
    return (uint64_t)get_be32(from) << 32 | get_be32((const uint8_t *)from + 4);
}

/* Writes at most VARINT_BYTES_MAX bytes; returns how many. */
static inline size_t put_varint(void *to, uint64_t value) {
    uint8_t *bytes = to;
    size_t size = 0;
    while (value >= 0x80) {
        bytes[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = (uint8_t)value;
    return size;
}

/* A cursor over bytes that came from outside: every read checks; the first that fails sets `failed`, and all later
 * ones give 0. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static inline struct reader reader_of(const void *data, size_t size) {
    return (struct reader){ .at = data, .end = (const uint8_t *)data + size, .failed = false };
}

static inline size_t reader_left(const struct reader *reader) { return (size_t)(reader->end - reader->at); }

/* `size` bytes, or NULL and failed. */
static inline const void *reader_take(struct reader *reader, uint64_t size) {
    if (reader->failed || size > reader_left(reader)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *taken = reader->at;
    reader->at += size;
    return taken;
}

static inline uint8_t reader_u8(struct reader *reader) {
    const uint8_t *byte = reader_take(reader, 1);
    return byte != NULL ? *byte : 0;
}

static inline uint32_t reader_be32(struct reader *reader) {
    const void *bytes = reader_take(reader, 4);
    return bytes != NULL ? get_be32(bytes) : 0;
}

static inline uint64_t reader_be64(struct reader *reader) {
    const void *bytes = reader_take(reader, 8);
    return bytes != NULL ? get_be64(bytes) : 0;
}

static inline uint64_t reader_varint(struct reader *reader) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = reader_u8(reader);
        if (reader->failed || (shift == 63 && byte > 1))
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    reader->failed = true;
    return 0;
}

#endif
