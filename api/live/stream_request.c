/* Comparing and keeping what streams ask for. */
#include "api/live/stream_request.h"

#include "base/hash.h"

static bool selects_the_same(const struct selection_query *a, const struct selection_query *b) {
    if (a->pattern_count != b->pattern_count || a->partition_count != b->partition_count)
        return false;

    for (size_t i = 0; i < a->pattern_count; i++)
        if (!bytes_equal(a->patterns[i], b->patterns[i]))
            return false;
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i] != b->partitions[i])
            return false;
    return true;
}

uint32_t stream_request_hash(const struct stream_request *request) {
    uint32_t hash = hash_u32(hash_u32(HASH_BEGIN, request->format), request->view);
    hash = hash_u32(hash, selection_hash(request->what));
    return hash_bytes(hash_u32(hash, bytes_present(request->key)), request->key);
}

bool stream_request_equal(const struct stream_request *a, const struct stream_request *b) {
    return a->format == b->format && a->view == b->view && selects_the_same(a->what, b->what) &&
           bytes_present(a->key) == bytes_present(b->key) && bytes_equal(a->key, b->key);
}

static bool copy_bytes(struct bytes bytes, struct arena *arena, struct bytes *ret_copy) {
    const char *copy = bytes_present(bytes) ? arena_copy(arena, bytes.data, bytes.size) : NULL;
    *ret_copy = (struct bytes){ copy, bytes.size };
    return bytes_present(bytes) == (copy != NULL);
}

bool stream_request_copy(const struct stream_request *request, struct arena *arena, struct stream_request *ret_copy) {
    const struct selection_query *from = request->what;
    struct selection_query *what = arena_array(arena, 1, sizeof *what);
    struct bytes *patterns = arena_array(arena, from->pattern_count, sizeof *patterns);
    uint32_t *partitions = arena_array(arena, from->partition_count + 1, sizeof *partitions);
    struct bytes key;
    if (what == NULL || patterns == NULL || partitions == NULL || !copy_bytes(request->key, arena, &key))
        return false;

    for (size_t i = 0; i < from->pattern_count; i++)
        if (!copy_bytes(from->patterns[i], arena, &patterns[i]))
            return false;
    for (size_t i = 0; i < from->partition_count; i++)
        partitions[i] = from->partitions[i];

    *what = (struct selection_query){ .patterns = patterns,
                                      .pattern_count = from->pattern_count,
                                      .partitions = partitions,
                                      .partition_count = from->partition_count };
    *ret_copy = (struct stream_request){ .format = request->format, .view = request->view, .what = what, .key = key };
    return true;
}
