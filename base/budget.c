/* The counters of the budget. */
#include "base/budget.h"

#include <assert.h>

/* The cap of a kind in sixteenths of the whole. */
static const struct {
    const char *name;
    unsigned sixteenths;
} KINDS[BUDGET_KINDS] = {
    [BUDGET_BODIES] = { "bodies", 6 },   [BUDGET_PARSED] = { "parsed", 4 }, [BUDGET_PAGES] = { "pages", 4 },
    [BUDGET_STREAMS] = { "streams", 4 }, [BUDGET_TAIL] = { "tail", 1 },
};

const char *budget_kind_name(enum budget_kind kind) { return KINDS[kind].name; }

void budget_init(struct budget *budget, size_t bytes) {
    *budget = (struct budget){ .all.max = bytes };
    for (unsigned kind = 0; kind < BUDGET_KINDS; kind++)
        budget->kinds[kind].max = bytes / 16 * KINDS[kind].sixteenths;
}

void budget_cap(struct budget *budget, enum budget_kind kind, size_t bytes) {
    budget->kinds[kind].max = bytes < budget->all.max ? bytes : budget->all.max;
}

/* Compares and exchanges rather than adds, so that the counter is never above its limit, not even for a moment in which
 * another one would be refused because of it. */
static bool take(struct budget_counter *counter, size_t bytes) {
    size_t used = atomic_load_explicit(&counter->used, memory_order_relaxed);
    do {
        if (used > counter->max || bytes > counter->max - used) {
            atomic_fetch_add_explicit(&counter->refused, 1, memory_order_relaxed);
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&counter->used, &used, used + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static void give(struct budget_counter *counter, size_t bytes) {
    size_t before = atomic_fetch_sub_explicit(&counter->used, bytes, memory_order_relaxed);
    assert(before >= bytes);
    (void)before;
}

bool budget_take(struct budget *budget, enum budget_kind kind, size_t bytes) {
    if (budget == NULL || bytes == 0)
        return true;
    if (!take(&budget->kinds[kind], bytes))
        return false;
    if (take(&budget->all, bytes))
        return true;
    give(&budget->kinds[kind], bytes);
    return false;
}

void budget_give(struct budget *budget, enum budget_kind kind, size_t bytes) {
    if (budget == NULL || bytes == 0)
        return;
    give(&budget->all, bytes);
    give(&budget->kinds[kind], bytes);
}

void budget_force(struct budget *budget, enum budget_kind kind, size_t bytes) {
    if (budget == NULL || bytes == 0)
        return;
    atomic_fetch_add_explicit(&budget->all.used, bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&budget->kinds[kind].used, bytes, memory_order_relaxed);
}

bool budget_is_above(const struct budget *budget, enum budget_kind kind, unsigned eighths) {
    if (budget == NULL)
        return false;
    size_t of_kind = atomic_load_explicit(&budget->kinds[kind].used, memory_order_relaxed);
    size_t of_all = atomic_load_explicit(&budget->all.used, memory_order_relaxed);
    return of_kind > budget->kinds[kind].max / 8 * eighths || of_all > budget->all.max / 8 * 7;
}

bool budget_share_set(struct budget_share *share, size_t bytes) {
    if (bytes > share->bytes && !budget_take(share->budget, share->kind, bytes - share->bytes))
        return false;
    if (bytes < share->bytes)
        budget_give(share->budget, share->kind, share->bytes - bytes);
    share->bytes = bytes;
    return true;
}
