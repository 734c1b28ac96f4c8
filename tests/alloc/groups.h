/* Committed offsets, written and read back. */
#ifndef TAILRACE_TESTS_ALLOC_GROUPS_H
#define TAILRACE_TESTS_ALLOC_GROUPS_H

#include "tests/alloc/ledger.h"

/* The first commit of the group, by offsets. */
bool groups_prepare(struct run *run, struct ledger *ledger);

/* Commits by offsets and by cursor, lists, and reads on from what was committed. */
bool groups_commit(struct run *run, struct ledger *ledger);

/* After the first commit: is refused, and forgets, a topic's part and all. */
bool groups_forget(struct run *run, struct ledger *ledger);

#endif
