/* The documents that the program contains. */
#ifndef TAILRACE_API_CONSOLE_DOCUMENTS_H
#define TAILRACE_API_CONSOLE_DOCUMENTS_H

#include "api/http/encoding/carried.h"

struct documents {
    struct carried index_page;
    struct carried openapi;
};

struct documents documents_new(void);
void documents_finish(struct documents *documents); /* nobody uses them any longer */

#endif
