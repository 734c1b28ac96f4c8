/* Memory that is freed all at once: what a request or a page needs while it lives. Zero-initialise it; one thread at a
 * time. Blocks double up to 64 KiB; a larger piece gets a block of its own. With a budget, blocks come out of it, and where it
 * refuses, there is no memory. */
#ifndef TAILRACE_BASE_ARENA_H
#define TAILRACE_BASE_ARENA_H

#include "base/budget.h"
#include "base/bytes.h"

struct arena {
    struct arena_block *newest;
    struct budget_share share; /* what its blocks take of a budget; none: they take nothing */
};

/* Blocks from now on come out of the budget. */
static inline void arena_charge(struct arena *arena, struct budget *budget, enum budget_kind kind) {
    arena->share = (struct budget_share){ .budget = budget, .kind = kind };
}

/* Counts all its blocks as another kind. False: the budget refuses, and nothing has changed. */
bool arena_recharge(struct arena *arena, enum budget_kind kind);

void *arena_alloc(struct arena *arena, size_t size);                     /* aligned for anything; NULL: no memory */
void *arena_array(struct arena *arena, size_t count, size_t item_bytes); /* zeroed; checks count * item_bytes */
char *arena_copy(struct arena *arena, const void *data, size_t size);    /* with a NUL behind */
struct bytes arena_copy_bytes(struct arena *arena, struct bytes bytes);  /* none: no memory */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_finish(struct arena *arena); /* keeps the budget, for what is allocated next */

#define autoarena __attribute__((cleanup(arena_finish)))

#endif
