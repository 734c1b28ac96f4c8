/* All cases of one scenario, watched: what crashes or stands still costs a worker, and the next one goes on behind it. */
#ifndef TAILRACE_TESTS_ALLOC_WATCH_H
#define TAILRACE_TESTS_ALLOC_WATCH_H

#include "tests/alloc/worker.h"

/* What is to be done, and what came of it; shared between processes. */
struct watch {
    const struct scenario *scenario;
    unsigned long window; /* how many allocations fail in a row */
    unsigned long passed;
    unsigned long failed;
    bool broken; /* a case was wrong in which nothing failed */
    long long took_ms;
    struct worker worker;
};

/* Runs until there is no allocation left to fail, or too much was wrong, and prints each failure on standard output. */
void watch_run(struct watch *watch);

#endif
