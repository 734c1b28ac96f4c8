/* Where two parties meet once: the one that starts an operation, and its `done`. Each calls handoff_meet exactly once.
 * It tells the second that it is the second, which sees everything that the first wrote, and goes on with the work.
 *
 *     handoff_arm(&job->handoff);                      done: if (handoff_meet(&job->handoff))
 *     start(&job->op);                                           job_run(job);
 *     if (!handoff_meet(&job->handoff))
 *         return;                  // done will go on
 *     …                            // it is done already: go on here, without recursion */
#ifndef TAILRACE_BASE_HANDOFF_H
#define TAILRACE_BASE_HANDOFF_H

#include <stdatomic.h>
#include <stdbool.h>

struct handoff {
    atomic_bool met;
};

static inline void handoff_arm(struct handoff *handoff) {
    atomic_store_explicit(&handoff->met, false, memory_order_relaxed);
}

/* True for the second of the two. */
static inline bool handoff_meet(struct handoff *handoff) {
    return atomic_exchange_explicit(&handoff->met, true, memory_order_acq_rel);
}

#endif
