/* Threads that are started together and waited for. */
#include "tests/contract/threads.h"

#include <check.h>

void threads_start(pthread_t *ret_threads, void *(*work)(void *item), void *items, size_t count, size_t item_bytes) {
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(pthread_create(&ret_threads[i], NULL, work, (char *)items + i * item_bytes), 0);
}

void threads_join(const pthread_t *threads, size_t count) {
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

void threads_run(void *(*work)(void *item), void *items, size_t count, size_t item_bytes) {
    pthread_t threads[THREADS_MAX];
    ck_assert_uint_le(count, THREADS_MAX);
    threads_start(threads, work, items, count, item_bytes);
    threads_join(threads, count);
}
