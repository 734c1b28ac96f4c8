/* Which partition a key goes to: exactly as Kafka's Java client computes it. Pure; any thread. */
#ifndef TAILRACE_GATEWAY_WRITE_PARTITIONER_H
#define TAILRACE_GATEWAY_WRITE_PARTITIONER_H

#include "base/bytes.h"

/* murmur2 as org.apache.kafka.common.utils.Utils.murmur2 has it (seed 0x9747b28c). */
uint32_t partitioner_murmur2(struct bytes key);

/* (murmur2(key) & 0x7fffffff) % partitions, as Utils.toPositive. partitions >= 1. */
uint32_t partitioner_of_key(struct bytes key, uint32_t partitions);

#endif
