/* Copies of what an operation points to, which exist only while the call that starts it runs. */
#ifndef TAILRACE_TESTS_CONTRACT_LENT_H
#define TAILRACE_TESTS_CONTRACT_LENT_H

#include "storage/storage.h"

struct lent {
    struct lent_block *newest;
};

/* NULL stays NULL. The program ends when there is no memory. */
void *lent_copy(struct lent *lent, const void *data, size_t size);
char *lent_text(struct lent *lent, const char *text);
struct bytes lent_bytes(struct lent *lent, struct bytes bytes);
const struct storage_record *lent_records(struct lent *lent, const struct storage_record *records, size_t count);
const struct storage_commit *lent_commits(struct lent *lent, const struct storage_commit *commits, size_t count);

/* Overwrites all of it, then frees it: an engine that kept a pointer reads nonsense, or is caught by a sanitizer. */
void lent_spoil(struct lent *lent);

#endif
