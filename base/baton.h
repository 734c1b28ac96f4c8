/* Where two parties meet once: whoever starts an operation, and its `done`. Each calls baton_meet exactly once; the
 * second to come is told so, sees all that the first wrote, and goes on with the work.
 *
 *     baton_arm(&job->baton);                          done: if (baton_meet(&job->baton))
 *     start(&job->op);                                           job_run(job);
 *     if (!baton_meet(&job->baton))
 *         return;                  // done will go on
 *     …                            // it is done already: go on here, without recursion */
#ifndef TAILRACE_BASE_BATON_H
#define TAILRACE_BASE_BATON_H

#include <stdatomic.h>
#include <stdbool.h>

struct baton {
    atomic_bool met;
};

static inline void baton_arm(struct baton *baton) { atomic_store_explicit(&baton->met, false, memory_order_relaxed); }

/* True for the second of the two. */
static inline bool baton_meet(struct baton *baton) {
    return atomic_exchange_explicit(&baton->met, true, memory_order_acq_rel);
}

#endif
