/* Where a page begins in each partition, and the cursor of where it ends. */
#include "gateway/read/cursor.h"
#include "gateway/read/page.h"
#include "gateway/topics.h"

#include <stdlib.h>

/* The order of partitions in a cursor, and in what a group has committed. */
static int compare_partitions(uint64_t topic_a, uint32_t partition_a, uint64_t topic_b, uint32_t partition_b) {
    if (topic_a != topic_b)
        return topic_a < topic_b ? -1 : 1;
    return partition_a < partition_b ? -1 : partition_a > partition_b;
}

static int compare_positions(const void *left, const void *right) {
    const struct cursor_position *a = left;
    const struct cursor_position *b = right;
    return compare_partitions(a->topic_id, a->partition, b->topic_id, b->partition);
}

static const struct cursor_position *find_position(const struct cursor *cursor, uint64_t topic_id, uint32_t partition) {
    struct cursor_position wanted = { .topic_id = topic_id, .partition = partition };
    if (cursor->position_count == 0)
        return NULL;
    return bsearch(&wanted, cursor->positions, cursor->position_count, sizeof wanted, compare_positions);
}

static int compare_committed(const void *left, const void *right) {
    const struct storage_committed *a = left;
    const struct storage_committed *b = right;
    return compare_partitions(a->topic_id, a->partition, b->topic_id, b->partition);
}

static void set_from_group(struct page *page) {
    const struct storage_offsets_fetch *fetch = &page->fetch;
    for (size_t i = 0; i < page->selection.partition_count && fetch->count > 0; i++) {
        struct storage_committed wanted = { .topic_id = page->selection.partitions[i].topic->id,
                                            .partition = page->selection.partitions[i].partition };
        const struct storage_committed *committed = bsearch(&wanted, fetch->committed, fetch->count, sizeof wanted,
                                                            compare_committed);
        if (committed != NULL) {
            page->positions[i].next_offset = committed->offset;
            page->positions[i].given = true;
        }
    }
}

/* Whether a partition that has no position in the cursor stands in the place of another one. What was there when the
 * cursor was made stands in it, and a topic that was named then was there: so what is older than the cursor, or named and
 * younger, was made again, or lies in another data directory. All else was made since. */
static bool is_replacement(const struct page *page, const struct cursor *cursor,
                           const struct selected_partition *selected) {
    return selected->created_version <= cursor->catalog_version ||
           (selected->topic->created_version > cursor->catalog_version &&
            selection_names(&page->query->what, selected->topic));
}

static bool is_selected(const struct page *page, uint64_t topic_id) {
    for (size_t i = 0; i < page->selection.topics.count; i++)
        if (page->selection.topics.items[i]->id == topic_id)
            return true;
    return false;
}

void page_gap_add(struct page *page, const struct page_gap *gap) {
    struct page_gap *copy = arena_array(page->arena, 1, sizeof *copy);
    if (copy == NULL) {
        page_lacks_memory(page);
        return;
    }
    *copy = *gap;
    *page->gaps_end = copy;
    page->gaps_end = &copy->next;
}

/* The name of a topic that is not selected any more, in the arena; NULL: it is not known. */
static const char *lost_name(struct page *page, uint64_t topic_id, const struct storage_topic *recreated) {
    char name[STORAGE_TOPIC_NAME_BYTES_MAX + 1];
    if (topics_deleted_name(page->gateway->topics, topic_id, name)) {
        const char *copy = arena_copy(page->arena, name, strlen(name));
        if (copy == NULL) /* which would say that the name is not known */
            page_lacks_memory(page);
        return copy;
    }
    bool is_the_one = recreated != NULL && page->query->what.pattern_count == 1 &&
                      selection_names(&page->query->what, recreated);
    return is_the_one ? recreated->name : NULL;
}

/* Positions in topics that are not selected any more: they were deleted, and one of the same name may be there again; or
 * all of it is other data. To a stream each is a gap. A page fails where another topic has taken the place of one, or
 * where nothing of what the cursor knows is known here; a topic that a wildcard met, and that was deleted since, is left
 * out of it. */
static void check_lost(struct page *page, const struct cursor *cursor, const struct storage_topic *recreated) {
    bool is_known = false;
    size_t lost_count = 0;
    for (size_t i = 0; i < cursor->position_count && page->status == STATUS_OK; i++) {
        const struct cursor_position *lost = &cursor->positions[i];
        struct page_gap gap = { .reason = PAGE_GAP_DELETED, .partition = lost->partition, .from = lost->next_offset };
        if (is_selected(page, lost->topic_id)) {
            is_known = true;
            continue;
        }
        lost_count++;
        gap.topic = lost_name(page, lost->topic_id, recreated);
        is_known = is_known || gap.topic != NULL;
        if (recreated != NULL && gap.topic != NULL && strcmp(gap.topic, recreated->name) == 0)
            gap.reason = PAGE_GAP_RECREATED;
        if (page->query->what.lenient)
            page_gap_add(page, &gap);
    }
    if (page->status != STATUS_OK || page->query->what.lenient || lost_count == 0)
        return;
    if (recreated != NULL)
        page_fail(page, STATUS_TOPIC_RECREATED,
                  "topic %s is not the one that the cursor was made for: it was deleted and created again, or the data "
                  "directory was replaced",
                  recreated->name);
    else if (!is_known)
        page_fail(page, STATUS_TOPIC_RECREATED,
                  "none of the cursor's topics exist here; it was made for another data directory");
}

static void set_from_cursor(struct page *page) {
    struct cursor cursor;
    enum status s = cursor_decode(page->query->cursor, page->arena, &cursor);
    if (s != STATUS_OK) {
        page_fail(page, s == STATUS_INVALID ? STATUS_CURSOR_INVALID : s,
                  "expected a cursor of this server, unchanged: next of a page, Next-Cursor, or the id of a stream");
        return;
    }
    if (cursor.selection != page->selection.hash) {
        page_fail(page, STATUS_CURSOR_MISMATCH,
                  "the cursor was made for other topics or partitions; use it with the selection that it came from");
        return;
    }
    const struct storage_topic *recreated = NULL;
    for (size_t i = 0; i < page->selection.partition_count; i++) {
        const struct selected_partition *selected = &page->selection.partitions[i];
        const struct cursor_position *known = find_position(&cursor, selected->topic->id, selected->partition);
        /* What is not in it begins at its first event, so that nothing is missed. */
        page->positions[i].next_offset = known != NULL ? known->next_offset : page->positions[i].first_offset;
        if (known == NULL && recreated == NULL && is_replacement(page, &cursor, selected))
            recreated = selected->topic;
    }
    check_lost(page, &cursor, recreated);
}

static void set_stop(struct page *page) {
    struct cursor stop = { 0 };
    bool given = bytes_present(page->query->stop);
    if (given && cursor_decode(page->query->stop, page->arena, &stop) != STATUS_OK) {
        page_lacks_memory(page); /* it is one of our own */
        return;
    }

    size_t known_count = 0;
    for (size_t i = 0; i < page->selection.partition_count; i++) {
        struct page_position *position = &page->positions[i];
        const struct selected_partition *selected = &page->selection.partitions[i];
        const struct cursor_position *known = find_position(&stop, selected->topic->id, selected->partition);
        position->stop_offset = !given ? UINT64_MAX : known != NULL ? known->next_offset : position->first_offset;
        position->start_offset = position->next_offset;
        known_count += known != NULL;
    }
    page->stop_lost = known_count < stop.position_count;
}

/* Moves positions that are not there any more, or not yet, to where reading can go on, and says so. */
static void check_bounds(struct page *page) {
    for (size_t i = 0; i < page->selection.partition_count; i++) {
        struct page_position *position = &page->positions[i];
        const struct selected_partition *selected = &page->selection.partitions[i];
        bool gone = position->next_offset < position->first_offset;
        if (!position->given || position->deleted || (!gone && position->next_offset <= position->head))
            continue;
        uint64_t bound = gone ? position->first_offset : position->head;
        if (page->query->what.lenient)
            page_gap_add(page, &(struct page_gap){ .reason = gone ? PAGE_GAP_RETENTION : PAGE_GAP_TRUNCATED,
                                                   .topic = selected->topic->name,
                                                   .partition = selected->partition,
                                                   .from = position->next_offset,
                                                   .to = bound });
        else if (page->status == STATUS_OK)
            page_fail(page, gone ? STATUS_OFFSET_GONE : STATUS_OFFSET_BEYOND, "offset %llu of %s/%u is %s %llu",
                      (unsigned long long)position->next_offset, selected->topic->name, selected->partition,
                      gone ? "no longer available; the first offset is" : "beyond the end; the next offset is",
                      (unsigned long long)bound);
        position->next_offset = bound;
    }
}

static uint64_t start_of(const struct page *page, const struct page_position *position) {
    uint64_t count = position->head - position->first_offset;
    switch (page->query->start) {
    case PAGE_FROM_LATEST: return position->head;
    case PAGE_FROM_LAST:
        return page->query->last_count < count ? position->head - page->query->last_count : position->first_offset;
    case PAGE_FROM_TIME: return position->next_offset; /* found before */
    case PAGE_FROM_OFFSET: return page->query->offset;
    case PAGE_FROM_EARLIEST:
    case PAGE_FROM_CURSOR: break;
    }
    return position->first_offset;
}

void page_positions_set(struct page *page) {
    if (page->query->start == PAGE_FROM_OFFSET && page->selection.partition_count != 1) {
        page_fail(page, STATUS_INVALID, "offset requires partition, because the topic has several partitions");
        return;
    }
    if (page->query->start == PAGE_FROM_CURSOR)
        set_from_cursor(page);
    else
        for (size_t i = 0; i < page->selection.partition_count; i++)
            page->positions[i].next_offset = start_of(page, &page->positions[i]);
    /* What was computed from the bounds needs no check, and a time may be behind a head that has moved on since. */
    for (size_t i = 0; i < page->selection.partition_count; i++)
        page->positions[i].given = page->query->start == PAGE_FROM_CURSOR || page->query->start == PAGE_FROM_OFFSET;
    set_from_group(page);
    if (page->status == STATUS_OK || page->status == STATUS_TOPIC_RECREATED)
        check_bounds(page);
    set_stop(page);
    for (size_t i = 0; i < page->selection.partition_count; i++) {
        struct page_position *position = &page->positions[i];
        position->finished = position->deleted || position->next_offset >= position->head ||
                             position->next_offset >= position->stop_offset;
    }
    if (page->status == STATUS_OK && page_positions_encode(page) == STATUS_INVALID)
        page_is_too_wide(page);
}

/* The positions in the order of cursors: what has been deleted meanwhile is left out. */
static enum status make_cursor(struct page *page, bool of_start, struct cursor *ret_cursor) {
    struct cursor cursor = { .selection = page->selection.hash, .catalog_version = page->selection.topics.version };
    cursor.positions = arena_array(page->arena, page->selection.partition_count + 1, sizeof *cursor.positions);
    if (cursor.positions == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < page->selection.partition_count; i++) {
        const struct page_position *position = &page->positions[i];
        if (position->deleted)
            continue;
        cursor.positions[cursor.position_count++] =
            (struct cursor_position){ .topic_id = page->selection.partitions[i].topic->id,
                                      .partition = page->selection.partitions[i].partition,
                                      .next_offset = of_start ? position->start_offset : position->next_offset };
    }
    qsort(cursor.positions, cursor.position_count, sizeof *cursor.positions, compare_positions);
    *ret_cursor = cursor;
    return STATUS_OK;
}

enum status page_positions_encode(struct page *page) {
    struct cursor cursor;
    enum status s = make_cursor(page, false, &cursor);
    if (s != STATUS_OK)
        return s;
    buffer_clear(&page->cursor);
    return cursor_encode(&cursor, &page->cursor);
}

struct page_ids {
    struct cursor cursor;
};

struct page_ids *page_ids_new(struct page *page) {
    struct page_ids *ids = arena_array(page->arena, 1, sizeof *ids);
    return ids != NULL && make_cursor(page, true, &ids->cursor) == STATUS_OK ? ids : NULL;
}

enum status page_ids_here(const struct page_ids *ids, struct buffer *text) { return cursor_encode(&ids->cursor, text); }

enum status page_ids_append(struct page_ids *ids, uint64_t topic_id, const struct storage_record *record,
                            struct buffer *text) {
    struct cursor_position *position = (struct cursor_position *)find_position(&ids->cursor, topic_id,
                                                                               record->partition);
    if (position != NULL)
        position->next_offset = record->offset + 1;
    return page_ids_here(ids, text);
}
