/* One process that goes through cases, number after number. */
#ifndef TAILRACE_TESTS_ALLOC_WORKER_H
#define TAILRACE_TESTS_ALLOC_WORKER_H

#include "tests/alloc/faults.h"
#include "tests/alloc/scenario.h"

enum { WORKER_WHY_BYTES = 1280 };

/* Shared with the process that watches, which reads it after a crash. */
struct worker {
    struct faults faults;
    atomic_ulong number; /* the case: the first allocation that fails; 0: none does */
    atomic_llong began_ms;
    atomic_ulong passed;
    atomic_bool wrong;    /* the case has failed, and `why` says why; the process ends */
    atomic_bool over;     /* there is no allocation of this number any more */
    unsigned long window; /* how many fail in a row */
    char why[WORKER_WHY_BYTES];
};

/* Runs cases of a scenario from `number` on, until one is wrong or none is left. Never returns: the process ends, with 0 when it was
 * not wrong. What the program writes to standard error is kept for the case alone. */
_Noreturn void worker_run(struct worker *worker, const struct scenario *scenario, unsigned long number);

#endif
