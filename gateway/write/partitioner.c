/* murmur2, by Austin Appleby (public domain), in the variant and with the seed of Kafka's Java client
 * (org.apache.kafka.common.utils.Utils): whoever moves between the two finds every key in the partition it had. */
#include "gateway/write/partitioner.h"

enum { MURMUR2_SHIFT = 24 };
#define MURMUR2_SEED UINT32_C(0x9747b28c)
#define MURMUR2_MULTIPLY UINT32_C(0x5bd1e995)

static uint32_t little_endian(const uint8_t *bytes, size_t count) {
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

uint32_t partitioner_murmur2(struct bytes key) {
    const uint8_t *at = (const uint8_t *)key.data;
    size_t left = key.size;
    uint32_t hash = MURMUR2_SEED ^ (uint32_t)key.size;
    for (; left >= 4; at += 4, left -= 4) {
        uint32_t word = little_endian(at, 4) * MURMUR2_MULTIPLY;
        word = (word ^ word >> MURMUR2_SHIFT) * MURMUR2_MULTIPLY;
        hash = (hash * MURMUR2_MULTIPLY) ^ word;
    }
    if (left > 0)
        hash = (hash ^ little_endian(at, left)) * MURMUR2_MULTIPLY;
    hash = (hash ^ hash >> 13) * MURMUR2_MULTIPLY;
    return hash ^ hash >> 15;
}

uint32_t partitioner_of_key(struct bytes key, uint32_t partitions) {
    return (partitioner_murmur2(key) & INT32_MAX) % partitions;
}
