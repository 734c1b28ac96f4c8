/* Comparing and keeping what streams ask for. */
#include "api/live/stream_request.h"

#include "base/hash.h"

uint32_t stream_request_hash(const struct stream_request *request) {
    uint32_t hash = hash_u32(hash_u32(HASH_BEGIN, request->format), request->view);
    hash = hash_u32(hash, selection_hash(request->what));
    return hash_bytes(hash_u32(hash, bytes_present(request->key)), request->key);
}

bool stream_request_equal(const struct stream_request *a, const struct stream_request *b) {
    return a->format == b->format && a->view == b->view && selection_query_equal(a->what, b->what) &&
           bytes_present(a->key) == bytes_present(b->key) && bytes_equal(a->key, b->key);
}

bool stream_request_copy(const struct stream_request *request, struct arena *arena, struct stream_request *ret_copy) {
    struct selection_query *what = arena_array(arena, 1, sizeof *what);
    struct bytes key = bytes_present(request->key) ? arena_copy_bytes(arena, request->key) : BYTES_NONE;
    if (what == NULL || bytes_present(key) != bytes_present(request->key) ||
        !selection_query_copy(request->what, arena, what))
        return false;
    *ret_copy = (struct stream_request){ .format = request->format, .view = request->view, .what = what, .key = key };
    return true;
}
