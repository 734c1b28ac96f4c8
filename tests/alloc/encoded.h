/* Bodies and answers with a Content-Encoding. */
#ifndef TAILRACE_TESTS_ALLOC_ENCODED_H
#define TAILRACE_TESTS_ALLOC_ENCODED_H

#include "tests/alloc/ledger.h"

/* Posts in one coding, a body that is cut short, and (zstd) one in a coding that nobody knows. */
scenario_step encoded_write_gzip;
scenario_step encoded_write_zstd;

/* Asks for answers in every coding, and finds in them what they are without one: events, the page at /, and a
 * file. */
scenario_step encoded_read_events;
scenario_step encoded_read_page;
scenario_step encoded_read_file;

#endif
