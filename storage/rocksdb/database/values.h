/* Small values: u8 version, then one number. What the family `catalog` keeps beside topics. Pure; any thread. */
#ifndef TAILRACE_STORAGE_ROCKSDB_DATABASE_VALUES_H
#define TAILRACE_STORAGE_ROCKSDB_DATABASE_VALUES_H

#include "base/bits.h"
#include "base/bytes.h"

enum { VALUE_VERSION = 1, VALUE_BYTES_MAX = 1 + 8 + 8 };

struct value {
    size_t size;
    char data[VALUE_BYTES_MAX];
};

static inline struct bytes value_bytes(const struct value *value) {
    return (struct bytes){ .data = value->data, .size = value->size };
}

/* u8 version | be64 */
static inline struct value value_u64(uint64_t number) {
    struct value value = { .size = 1 + 8, .data = { VALUE_VERSION } };
    put_be64(value.data + 1, number);
    return value;
}

/* False: it is not such a value. */
static inline bool value_u64_parse(struct bytes value, uint64_t *ret_number) {
    if (value.size != 1 + 8 || value.data[0] != VALUE_VERSION)
        return false;
    *ret_number = get_be64(value.data + 1);
    return true;
}

/* u8 version | be64 | be64: the first offset of a partition, and the log_bytes of what lay below it. */
static inline bool value_pair_parse(struct bytes value, uint64_t *ret_first, uint64_t *ret_second) {
    if (value.size != 1 + 8 + 8 || value.data[0] != VALUE_VERSION)
        return false;
    *ret_first = get_be64(value.data + 1);
    *ret_second = get_be64(value.data + 1 + 8);
    return true;
}

#endif
