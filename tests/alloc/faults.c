/* base/memory.h once more, with faults. The linker takes these functions and leaves base/memory.c in its library: all
 * else is the program as it is. The state is static, because the seam has no context to carry it. */
#include "tests/alloc/faults.h"

#include "base/memory.h"

#include <execinfo.h>
#include <stdlib.h>

static struct faults *faults;
static _Thread_local bool spared;

void faults_begin(struct faults *state) {
    void *warm_up[1];
    backtrace(warm_up, 1); /* which loads a library at its first call */
    faults = state;
}

void faults_spare_thread(void) { spared = true; }

void faults_reset(void) {
    faults_arm(0, 0);
    atomic_store(&faults->blocks, 0);
}

void faults_arm(unsigned long first, unsigned long last) {
    faults->stack_depth = 0;
    atomic_store(&faults->first, 0);
    atomic_store(&faults->failed, 0);
    atomic_store(&faults->requested, 0);
    atomic_store(&faults->last, last);
    atomic_store(&faults->first, first);
}

bool faults_armed(void) { return atomic_load(&faults->first) != 0; }

unsigned long faults_failed(void) { return atomic_load(&faults->failed); }

static bool counts(void) { return faults != NULL && !spared; }

/* Whether the next allocation is one that fails. */
static bool fails(void) {
    if (!counts())
        return false;
    unsigned long first = atomic_load(&faults->first);
    unsigned long number = atomic_fetch_add(&faults->requested, 1) + 1;
    if (first == 0 || number < first || number > atomic_load(&faults->last))
        return false;
    if (number == first)
        faults->stack_depth = backtrace(faults->stack, FAULTS_STACK_MAX);
    atomic_fetch_add(&faults->failed, 1);
    return true;
}

static void *counted(void *block) {
    if (block != NULL && counts())
        atomic_fetch_add(&faults->blocks, 1);
    return block;
}

void *mem_alloc(size_t size) { return fails() ? NULL : counted(malloc(size)); }

void *mem_zero(size_t count, size_t size) { return fails() ? NULL : counted(calloc(count, size)); }

void *mem_resize(void *old, size_t size) {
    if (fails())
        return NULL;
    void *block = realloc(old, size);
    return old == NULL ? counted(block) : block;
}

void mem_free(void *memory) {
    if (memory != NULL && counts())
        atomic_fetch_sub(&faults->blocks, 1);
    free(memory);
}
