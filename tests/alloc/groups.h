/* Committed offsets, written and read back. */
#ifndef TAILRACE_TESTS_ALLOC_GROUPS_H
#define TAILRACE_TESTS_ALLOC_GROUPS_H

#include "tests/alloc/ledger.h"

/* The first commit of the group, by offsets. */
scenario_step groups_prepare;

/* Commits by offsets and by cursor, lists, and reads on from what was committed. */
scenario_step groups_commit;

/* After the first commit: is refused, and forgets, a topic's part and all. */
scenario_step groups_forget;

#endif
