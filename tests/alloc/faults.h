/* A seam for allocations that fails on demand: linked in the place of base/memory.c. It numbers the requests of
 * the program from 1 in each case, fails a window of those numbers, and counts the blocks that are alive. */
#ifndef TAILRACE_TESTS_ALLOC_FAULTS_H
#define TAILRACE_TESTS_ALLOC_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>

enum { FAULTS_STACK_MAX = 24 };

/* Lies in memory that the watching process shares, so that it can be read after a crash. */
struct faults {
    atomic_ulong first; /* the window that fails; 0: none */
    atomic_ulong last;
    atomic_ulong requested; /* since the window was set */
    atomic_ulong failed;
    atomic_long blocks;            /* alive */
    void *stack[FAULTS_STACK_MAX]; /* of the first that failed */
    int stack_depth;
};

/* From here on the seam counts in `state`; before, it only allocates. */
void faults_begin(struct faults *state);

/* What this thread asks for is neither counted nor failed: it is the test's own. A block that such a thread has
 * allocated is freed by such a thread. */
void faults_spare_thread(void);

/* A new case: nothing is alive, and nothing fails. While the program does not run. */
void faults_reset(void);

/* Numbers begin at 1 from here; those from first to last fail (0: none). */
void faults_arm(unsigned long first, unsigned long last);

/* Whether numbers have begun in this case: from there on, not before, an allocation may fail. */
bool faults_armed(void);

/* How many have failed in this case so far. */
unsigned long faults_failed(void);

#endif
