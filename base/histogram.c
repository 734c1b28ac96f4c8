/* Histograms: one relaxed addition for the bucket, one for the sum. */
#include "base/histogram.h"

const uint32_t histogram_bounds_us[HISTOGRAM_BOUNDS] = { 10,   25,   50,    100,   250,    500,    1000,
                                                         2500, 5000, 10000, 25000, 100000, 500000, 2500000 };

void histogram_add(struct histogram *histogram, int64_t us) {
    uint64_t time_us = us > 0 ? (uint64_t)us : 0;
    unsigned bucket = 0;
    while (bucket < HISTOGRAM_BOUNDS && time_us > histogram_bounds_us[bucket])
        bucket++;
    atomic_fetch_add_explicit(&histogram->counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, time_us, memory_order_relaxed);
}

void histogram_read(const struct histogram *histogram, struct histogram_values *ret_values) {
    for (unsigned i = 0; i <= HISTOGRAM_BOUNDS; i++)
        ret_values->counts[i] = atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
    ret_values->sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
}
