/* Memory that is freed all at once. */
#include "base/arena.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/sanitizers.h"

#include <stdalign.h>
#include <stdarg.h>

struct arena_block {
    struct arena_block *older;
    size_t used;
    size_t capacity;
    alignas(max_align_t) char data[];
};

/* AddressSanitizer sees where memory of malloc ends, not where a piece of it does: under it each piece is a block, and
 * ends where its size says. So it is for tests/alloc, where each piece is to fail. */
#ifdef ARENA_SINGLE_BLOCKS
enum { PIECES_SHARE_BLOCKS = 0 };
#else
enum { PIECES_SHARE_BLOCKS = !UNDER_ADDRESS_SANITIZER };
#endif

enum { ARENA_FIRST_BYTES = 1024 - sizeof(struct arena_block), ARENA_BLOCK_BYTES_MAX = 64 * 1024 };

static struct arena_block *arena_grow(struct arena *arena, size_t size) {
    struct arena_block *newest = arena->newest;
    size_t capacity = newest != NULL ? newest->capacity * 2 : ARENA_FIRST_BYTES;
    if (capacity > ARENA_BLOCK_BYTES_MAX)
        capacity = ARENA_BLOCK_BYTES_MAX;
    if (capacity < size || !PIECES_SHARE_BLOCKS)
        capacity = size;

    size_t held = arena->share.bytes;
    if (!budget_share_set(&arena->share, held + sizeof *newest + capacity))
        return NULL;
    struct arena_block *block = mem_alloc(sizeof *block + capacity);
    if (block == NULL) {
        budget_share_set(&arena->share, held);
        return NULL;
    }
    *block = (struct arena_block){ .older = newest, .used = 0, .capacity = capacity };
    arena->newest = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
    const size_t align = alignof(max_align_t);
    if (size > PTRDIFF_MAX - sizeof(struct arena_block) - align) /* malloc gives no more, and no sum below can wrap */
        return NULL;

    if (PIECES_SHARE_BLOCKS)
        size = (size + align - 1) / align * align;
    struct arena_block *block = arena->newest;
    if (block == NULL || size > block->capacity - block->used || !PIECES_SHARE_BLOCKS) {
        block = arena_grow(arena, size);
        if (block == NULL)
            return NULL;
    }

    void *memory = block->data + block->used;
    block->used += size;
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t item_bytes) {
    size_t size;
    if (__builtin_mul_overflow(count, item_bytes, &size))
        return NULL;
    void *memory = arena_alloc(arena, size);
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

char *arena_copy(struct arena *arena, const void *data, size_t size) {
    char *copy = size < SIZE_MAX ? arena_alloc(arena, size + 1) : NULL;
    return bytes_copy_text(copy, (struct bytes){ data, size });
}

struct bytes arena_copy_bytes(struct arena *arena, struct bytes bytes) {
    return (struct bytes){ arena_copy(arena, bytes.data, bytes.size), bytes.size };
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    autobuffer struct buffer text = { 0 };
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    return !text.failed ? arena_copy(arena, text.data, text.size) : NULL;
}

bool arena_recharge(struct arena *arena, enum budget_kind kind) {
    struct budget_share *share = &arena->share;
    struct budget_share other = { .budget = share->budget, .kind = kind };
    if (!budget_share_set(&other, share->bytes))
        return false;
    budget_share_set(share, 0);
    *share = other;
    return true;
}

void arena_finish(struct arena *arena) {
    while (arena->newest != NULL) {
        struct arena_block *block = arena->newest;
        arena->newest = block->older;
        mem_free(block);
    }
    budget_share_set(&arena->share, 0);
}
