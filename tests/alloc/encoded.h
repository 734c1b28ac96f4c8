/* Bodies and answers with a Content-Encoding. */
#ifndef TAILRACE_TESTS_ALLOC_ENCODED_H
#define TAILRACE_TESTS_ALLOC_ENCODED_H

#include "tests/alloc/ledger.h"

/* Posts in one coding, a body that is cut short, and (zstd) one in a coding that nobody knows. */
bool encoded_write_gzip(struct run *run, struct ledger *ledger);
bool encoded_write_zstd(struct run *run, struct ledger *ledger);

/* Asks for answers in every coding, and finds in them what they are without one: events, the page at /, and a
 * file. */
bool encoded_read_events(struct run *run, struct ledger *ledger);
bool encoded_read_page(struct run *run, struct ledger *ledger);
bool encoded_read_file(struct run *run, struct ledger *ledger);

#endif
