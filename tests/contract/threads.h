/* Threads of a test, one for each item that they work on. On the main thread. */
#ifndef TAILRACE_TESTS_CONTRACT_THREADS_H
#define TAILRACE_TESTS_CONTRACT_THREADS_H

#include <pthread.h>
#include <stddef.h>

enum { THREADS_MAX = 8 }; /* that threads_run starts */

/* Hands each thread its own of `count` items, which lie `item_bytes` apart; 0: all work on the same one. */
void threads_start(pthread_t *ret_threads, void *(*work)(void *item), void *items, size_t count, size_t item_bytes);
void threads_join(const pthread_t *threads, size_t count);
/* Both. */
void threads_run(void *(*work)(void *item), void *items, size_t count, size_t item_bytes);

#endif
