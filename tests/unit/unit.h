/* What every unit test begins and ends with. libcheck runs each test in a process of its own. */
#ifndef TAILRACE_TESTS_UNIT_UNIT_H
#define TAILRACE_TESTS_UNIT_UNIT_H

#include "base/buffer.h"
#include "base/memory.h"

#include <check.h>
#include <stdlib.h>

/* One case of the name with all the tests (terminated by NULL), run; returns what main returns. */
static inline int unit_run(const char *name, const TTest *const tests[]) {
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 50);
    for (size_t i = 0; tests[i] != NULL; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* An exact copy on the heap, so that AddressSanitizer sees a read one byte behind it. */
static inline char *unit_exact(const void *data, size_t size) {
    char *copy = mem_alloc(size > 0 ? size : 1);
    ck_assert_ptr_nonnull(copy);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

/* ck_assert for loops that go round a hundred thousand times: libcheck writes a message for each assertion that holds, and
 * that costs many times what is asserted. Says nothing unless it fails. */
#define unit_assert_quietly(condition)                                                                                 \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            ck_abort_msg("assertion failed: %s", #condition);                                                          \
    } while (0)

#define unit_assert_bytes(actual, expected_text)                                                                       \
    do {                                                                                                               \
        struct bytes actual_ = (actual);                                                                               \
        const char *expected_ = (expected_text);                                                                       \
        ck_assert_msg(bytes_equal(actual_, bytes_text(expected_)), "got <%.*s>, expected <%s>", (int)actual_.size,     \
                      actual_.data != NULL ? actual_.data : "", expected_);                                            \
    } while (0)

#endif
