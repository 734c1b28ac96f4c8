/* What is done to a program that serves while its memory fails. */
#ifndef TAILRACE_TESTS_ALLOC_SCENARIO_H
#define TAILRACE_TESTS_ALLOC_SCENARIO_H

#include "tests/alloc/ask.h"

/* Create, post, batch, page, stream, commit, delete, and what lies between. False: run->why says what was wrong. */
bool scenario_run(struct run *run);

#endif
