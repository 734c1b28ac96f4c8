/* The harness's own view of the operations that a test has made. */
#ifndef TAILRACE_TESTS_CONTRACT_CALLS_H
#define TAILRACE_TESTS_CONTRACT_CALLS_H

/* Checks that each was done exactly once, and frees them. After close, on the main thread. */
void calls_finish(void);

#endif
