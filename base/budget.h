/* One budget for the memory that clients make the program take: whoever wants a part asks first, and is refused when there
 * is none. Each kind of use has a cap of its own below the whole, so that no kind leaves nothing for the others; the caps
 * together are more than the whole, so that what one does not use, another may. Counters without locks; any thread. */
#ifndef TAILRACE_BASE_BUDGET_H
#define TAILRACE_BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum budget_kind {
    BUDGET_BODIES,  /* bodies of requests, and what decodes them */
    BUDGET_PARSED,  /* what is made of bodies: records, keys, headers */
    BUDGET_PAGES,   /* what is read for pages, the text of answers, and what encodes it */
    BUDGET_STREAMS, /* text of live streams */
    BUDGET_TAIL,    /* newest records of partitions that are followed */
};

enum { BUDGET_KINDS = BUDGET_TAIL + 1, BUDGET_CACHE_LINE = 64 };

/* As large as a cache line: threads that take different kinds do not wait for one another. No alignment is asked for, which
 * neither every allocator nor every sanitizer's stack would grant. */
struct budget_counter {
    atomic_size_t used; /* above max only after budget_force */
    atomic_uint_least64_t refused;
    size_t max;
    char unused[BUDGET_CACHE_LINE - 3 * sizeof(uint64_t)];
};

struct budget {
    struct budget_counter all; /* `refused` counts those that their kind had room for */
    struct budget_counter kinds[BUDGET_KINDS];
};

/* A budget of so many bytes, with the usual cap for each kind. Not while others use it, as budget_cap. */
void budget_init(struct budget *budget, size_t bytes);

/* Sets the cap of a kind, at most the whole. */
void budget_cap(struct budget *budget, enum budget_kind kind, size_t bytes);

/* False: refused and counted, and nothing is taken. Without a budget (NULL) everything is granted. */
bool budget_take(struct budget *budget, enum budget_kind kind, size_t bytes);
void budget_give(struct budget *budget, enum budget_kind kind, size_t bytes);

/* Takes what is there already, also when that is too much. For those who then give back other things until it is not. */
void budget_force(struct budget *budget, enum budget_kind kind, size_t bytes);

/* Whether more of a kind is used than so many eighths, or hardly anything is left of the whole. */
bool budget_is_above(const struct budget *budget, enum budget_kind kind, unsigned eighths);

/* "bodies" for BUDGET_BODIES. */
const char *budget_kind_name(enum budget_kind kind);

/* What one owner holds of one kind. Zero-initialise all but the first two; one thread at a time. */
struct budget_share {
    struct budget *budget; /* NULL: none, and everything is granted */
    enum budget_kind kind;
    size_t bytes;
};

/* Takes or gives back, so that the share is so large. False: refused, and it is as before; getting smaller never fails. */
bool budget_share_set(struct budget_share *share, size_t bytes);

#endif
