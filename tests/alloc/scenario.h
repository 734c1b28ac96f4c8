/* What is done to a program that serves while its memory fails: in parts, each with a program of its own, so that the way to
 * the last allocation is not long. */
#ifndef TAILRACE_TESTS_ALLOC_SCENARIO_H
#define TAILRACE_TESTS_ALLOC_SCENARIO_H

#include "tests/alloc/ledger.h"

struct scenario {
    const char *name;
    bool from_start; /* memory fails from the start of the program on; else from the end of `prepare` */
    bool (*prepare)(struct run *run, struct ledger *ledger);
    bool (*act)(struct run *run, struct ledger *ledger);
};

/* All scenarios; the last has no name. Both functions give false when something was wrong: run->why has it. */
const struct scenario *scenarios_all(void);

#endif
