/* The count of a value that several hold: it goes with its last reference. Any thread. */
#ifndef TAILRACE_BASE_REFERENCES_H
#define TAILRACE_BASE_REFERENCES_H

#include <stdatomic.h>
#include <stdbool.h>

static inline void references_add(atomic_uint *references) {
    atomic_fetch_add_explicit(references, 1, memory_order_relaxed);
}

/* True: it was the last one, and the value is to be freed. What other threads did with it has happened before. */
static inline bool references_drop(atomic_uint *references) {
    return atomic_fetch_sub_explicit(references, 1, memory_order_acq_rel) == 1;
}

#endif
