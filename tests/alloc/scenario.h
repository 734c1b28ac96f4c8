/* What is done to a program that serves while its memory fails: in parts, each with a program of its own, so that the way to
 * the last allocation is not long. */
#ifndef TAILRACE_TESTS_ALLOC_SCENARIO_H
#define TAILRACE_TESTS_ALLOC_SCENARIO_H

#include "tests/alloc/ledger.h"

struct scenario {
    const char *name;
    bool from_start; /* memory fails from the start of the program on; else from the end of `prepare` */
    scenario_step *prepare;
    scenario_step *act;
};

/* All scenarios; the last has no name. */
const struct scenario *scenarios_all(void);

#endif
