/* The one seam that allocations of our own go through, and the attributes that free locals.
 * Every function may return NULL (but for size 0 of mem_copy); callers answer STATUS_NO_MEMORY. */
#ifndef TAILRACE_BASE_MEMORY_H
#define TAILRACE_BASE_MEMORY_H

#include <stddef.h>

void *mem_alloc(size_t size);                  /* uninitialised; size > 0 */
void *mem_zero(size_t count, size_t size);     /* zeroed; checks count * size */
void *mem_resize(void *old, size_t size);      /* old stays valid when NULL comes back */
void *mem_copy(const void *data, size_t size); /* with a NUL byte behind, so that text can be copied too */
char *mem_text(const char *text);
void mem_free(void *memory); /* NULL is fine */

static inline void mem_free_local(void *local) { mem_free(*(void **)local); }

/* autofree char *body = …;  freed on every path out of the block. */
#define autofree __attribute__((cleanup(mem_free_local)))

/* take(&local): hands an owned pointer over and leaves NULL behind. */
#define take(local)                                                                                                    \
    ({                                                                                                                 \
        __typeof__(*(local)) taken_ = *(local);                                                                        \
        *(local) = NULL;                                                                                               \
        taken_;                                                                                                        \
    })

#endif
