/* Bodies and answers with a Content-Encoding. */
#ifndef TAILRACE_TESTS_ALLOC_ENCODED_H
#define TAILRACE_TESTS_ALLOC_ENCODED_H

#include "tests/alloc/ledger.h"

/* Posts in every coding, a body that is cut short, and a topic's settings. */
bool encoded_write(struct run *run, struct ledger *ledger);

/* Asks for answers of every kind in every coding, and finds in them what they are without one. */
bool encoded_read(struct run *run, struct ledger *ledger);

#endif
