/* Committed offsets, written and read back. */
#ifndef TAILRACE_TESTS_ALLOC_GROUPS_H
#define TAILRACE_TESTS_ALLOC_GROUPS_H

#include "tests/alloc/ledger.h"

/* Commits by offsets and by cursor, lists, describes, is refused, reads on from what was committed, and forgets. */
bool groups_use(struct run *run, struct ledger *ledger);

#endif
