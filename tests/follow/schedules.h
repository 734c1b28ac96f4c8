/* What the tests over schedules begin and end with. */
#ifndef TAILRACE_TESTS_FOLLOW_SCHEDULES_H
#define TAILRACE_TESTS_FOLLOW_SCHEDULES_H

#include "tests/unit/unit.h"

#include <stdio.h>

#ifndef FOLLOW_SCHEDULES
#define FOLLOW_SCHEDULES 100000
#endif

/* Runs the schedule of a seed. NULL, or what went wrong. */
typedef const char *(*schedule)(uint64_t seed);

enum { SCHEDULE_PARTS = 4 }; /* so that none takes longer than a test of libcheck may */

static inline void run_part(schedule run, unsigned part) {
    for (uint64_t seed = part; seed < FOLLOW_SCHEDULES; seed += SCHEDULE_PARTS) {
        const char *fault = run(seed);
        if (fault != NULL)
            ck_abort_msg("schedule %llu: %s", (unsigned long long)seed, fault);
    }
}

/* For code that is broken on purpose. */
static inline int expect_caught(const char *name, schedule run) {
    for (uint64_t seed = 0; seed < FOLLOW_SCHEDULES; seed++) {
        const char *fault = run(seed);
        if (fault != NULL) {
            printf("caught by schedule %llu: %s\n%s: 1 passed, 0 failed\n", (unsigned long long)seed, fault, name);
            return EXIT_SUCCESS;
        }
    }
    printf("not caught\n%s: 0 passed, 1 failed\n", name);
    return EXIT_FAILURE;
}

/* The four parts as tests of `run_schedule`, and main. */
#define SCHEDULES_MAIN(name)                                                                                           \
    START_TEST(part_0) { run_part(run_schedule, 0); }                                                                  \
    END_TEST                                                                                                           \
    START_TEST(part_1) { run_part(run_schedule, 1); }                                                                  \
    END_TEST                                                                                                           \
    START_TEST(part_2) { run_part(run_schedule, 2); }                                                                  \
    END_TEST                                                                                                           \
    START_TEST(part_3) { run_part(run_schedule, 3); }                                                                  \
    END_TEST                                                                                                           \
    int main(int count, char *arguments[]) {                                                                           \
        if (count == 2 && strcmp(arguments[1], "--expect-caught") == 0)                                                \
            return expect_caught(name, run_schedule);                                                                  \
        return unit_run(name, (const TTest *[]){ part_0, part_1, part_2, part_3, NULL });                              \
    }

#endif
