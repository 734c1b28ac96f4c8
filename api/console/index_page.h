/* The page for people: web/index.html with its style sheet and scripts inside, as they were when the program was built. */
#ifndef TAILRACE_API_CONSOLE_INDEX_PAGE_H
#define TAILRACE_API_CONSOLE_INDEX_PAGE_H

#include "base/bytes.h"

/* Both static. */
struct bytes index_page_text(void);

/* A Content-Security-Policy that lets the page's own script and style run, by their hashes, and reach this server
 * alone; with a NUL behind. */
struct bytes index_page_policy(void);

#endif
