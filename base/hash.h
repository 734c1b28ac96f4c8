/* FNV-1a of 32 bits (RFC 9923): for hash tables of our own, and for the hashes that cursors carry, so that it never changes.
 * Not against an adversary. Pure. */
#ifndef TAILRACE_BASE_HASH_H
#define TAILRACE_BASE_HASH_H

#include "base/bits.h"
#include "base/bytes.h"

#define HASH_BEGIN UINT32_C(0x811c9dc5)

static inline uint32_t hash_bytes(uint32_t hash, struct bytes bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ (uint8_t)bytes.data[i]) * UINT32_C(16777619);
    return hash;
}

/* The same on every machine. */
static inline uint32_t hash_u32(uint32_t hash, uint32_t number) {
    char bytes[4];
    put_be32(bytes, number);
    return hash_bytes(hash, (struct bytes){ bytes, sizeof bytes });
}

#endif
