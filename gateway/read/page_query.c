/* Comparing and keeping queries. */
#include "gateway/read/page_query.h"

#include "base/hash.h"

bool page_query_asks_the_same(const struct page_query *a, const struct page_query *b) {
    return selection_query_equal(&a->what, &b->what) && a->what.lenient == b->what.lenient &&
           a->event_limit == b->event_limit && a->byte_limit == b->byte_limit && a->until_ms == b->until_ms &&
           a->live == b->live && bytes_present(a->key) == bytes_present(b->key) && bytes_equal(a->key, b->key);
}

uint32_t page_query_hash(const struct page_query *query) {
    uint32_t hash = hash_u32(selection_hash(&query->what), (uint32_t)query->event_limit);
    hash = hash_u32(hash_u32(hash, (uint32_t)query->byte_limit), (uint32_t)query->until_ms);
    return hash_bytes(hash_u32(hash, bytes_present(query->key)), query->key);
}

bool page_query_copy(const struct page_query *query, struct arena *arena, struct page_query *ret_copy) {
    struct page_query copy = { .event_limit = query->event_limit,
                               .byte_limit = query->byte_limit,
                               .until_ms = query->until_ms,
                               .live = query->live };
    if (bytes_present(query->key)) {
        copy.key = arena_copy_bytes(arena, query->key);
        if (!bytes_present(copy.key))
            return false;
    }
    if (!selection_query_copy(&query->what, arena, &copy.what))
        return false;
    *ret_copy = copy;
    return true;
}
