/* What the hub reads, and the reads of streams that are behind. Storage ends a read on any thread; the inbox brings it to
 * the hub's. */
#include "api/live/hub_internal.h"

enum {
    READ_EVENTS_MAX = 2000,
    CATCH_UP_BYTES_MAX = 64 * 1024, /* there may be as many texts as there are streams */
};

struct page_query hub_query(const struct channel *channel, size_t byte_limit) {
    struct page_query query = {
        .what = *channel->request.what,
        .key = channel->request.key,
        .until_ms = STORAGE_TIME_NONE,
        .live = true,
        .event_limit = READ_EVENTS_MAX,
        .byte_limit = byte_limit,
    };
    query.what.lenient = true;
    return query;
}

void hub_read_start(struct hub_read *read, const struct channel *channel, struct bytes from, struct bytes stop) {
    read->query = hub_query(channel, CATCH_UP_BYTES_MAX);
    read->query.start = PAGE_FROM_CURSOR;
    read->query.cursor = from;
    read->query.stop = stop;

    read->page = (struct page){ .done = hub_post_read, .context = read };
    read->hub->reads_running++;
    page_start(read->hub->gateway, &read->query, &read->memory, &read->page);
}

void hub_read_finish(struct hub_read *read) {
    page_finish(&read->page);
    arena_finish(&read->memory);
}

bool hub_read_is_final(enum status status) {
    return status == STATUS_CURSOR_INVALID || status == STATUS_CURSOR_MISMATCH || status == STATUS_TOO_MANY_PARTITIONS;
}
