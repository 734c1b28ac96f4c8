/* How long things took, counted in fixed buckets. Zero-initialise it; any thread may add and read. */
#ifndef TAILRACE_BASE_HISTOGRAM_H
#define TAILRACE_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS = 14 };

/* The upper bounds of the buckets in microseconds, rising, each inclusive; one more bucket takes what is above the last. */
extern const uint32_t histogram_bounds_us[HISTOGRAM_BOUNDS];

struct histogram {
    atomic_uint_least64_t counts[HISTOGRAM_BOUNDS + 1];
    atomic_uint_least64_t sum_us;
};

/* A snapshot; what is added meanwhile may be in a count and not yet in the sum. */
struct histogram_values {
    uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* of each bucket alone */
    uint64_t sum_us;
};

void histogram_add(struct histogram *histogram, int64_t us); /* less than 0 counts as 0 */
void histogram_read(const struct histogram *histogram, struct histogram_values *ret_values);

#endif
