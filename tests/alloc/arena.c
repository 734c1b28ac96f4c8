/* base/arena.h once more, in the place of base/arena.c: a block for each wish, so that each can fail, and a sanitizer sees
 * where it ends. */
#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_block {
    struct arena_block *older;
    alignas(max_align_t) char data[];
};

void *arena_alloc(struct arena *arena, size_t size) {
    struct arena_block *block = size < SIZE_MAX / 2 ? mem_alloc(sizeof *block + size) : NULL;
    if (block == NULL)
        return NULL;
    block->older = arena->newest;
    arena->newest = block;
    return block->data;
}

void *arena_array(struct arena *arena, size_t count, size_t item_bytes) {
    size_t size;
    void *memory = !__builtin_mul_overflow(count, item_bytes, &size) ? arena_alloc(arena, size) : NULL;
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

char *arena_copy(struct arena *arena, const void *data, size_t size) {
    char *copy = size < SIZE_MAX ? arena_alloc(arena, size + 1) : NULL;
    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    char *copy = size >= 0 ? arena_copy(arena, text, (size_t)size) : NULL;
    free(text);
    return copy;
}

void arena_finish(struct arena *arena) {
    while (arena->newest != NULL) {
        struct arena_block *block = arena->newest;
        arena->newest = block->older;
        mem_free(block);
    }
}
