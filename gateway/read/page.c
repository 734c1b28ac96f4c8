/* The steps of a page: what a group has committed, bounds of every partition, then start positions, then reads: first a
 * fair share of each partition, then whoever has more, so that a busy partition never starves the others. One storage
 * operation at a time: bounds and start positions are one each, however many partitions there are. */
#include "gateway/read/page.h"

#include "base/memory.h"
#include "gateway/read/cursor.h"

#include <stdarg.h>
#include <stdio.h>

static void page_run(struct page *page);
static void page_take(struct page *page);

/* A step is done: goes on if the thread that started it has left. */
static void step_done(void *context) {
    struct page *page = context;
    if (handoff_meet(&page->handoff)) {
        page_take(page);
        page_run(page);
    }
}

static struct storage_op step_op(struct page *page) {
    return (struct storage_op){ .done = step_done, .context = page };
}

/* Before the bounds, so that what a group has committed lies within them. */
static bool start_fetch(struct page *page) {
    page->fetch = (struct storage_offsets_fetch){ .op = step_op(page), .group = page->query->group };
    handoff_arm(&page->handoff);
    gateway_offsets_fetch(page->gateway, &page->fetch);
    return true;
}

static bool start_bounds(struct page *page) {
    size_t count = page->selection.partition_count;
    struct storage_partition_bounds *partitions = arena_array(page->arena, count + 1, sizeof *partitions);
    if (partitions == NULL)
        return page_lacks_memory(page);
    for (size_t i = 0; i < count; i++) {
        partitions[i].topic_id = page->selection.partitions[i].topic->id;
        partitions[i].partition = page->selection.partitions[i].partition;
    }
    page->step = PAGE_STEP_BOUNDS;
    page->bounds = (struct storage_bounds){ .op = step_op(page), .partitions = partitions, .count = count };
    handoff_arm(&page->handoff);
    gateway_bounds(page->gateway, &page->bounds);
    return true;
}

/* In the partitions whose bounds are known by now. */
static bool start_find(struct page *page) {
    const struct storage_bounds *bounds = &page->bounds;
    struct storage_partition_time *partitions = arena_array(page->arena, bounds->count + 1, sizeof *partitions);
    if (partitions == NULL)
        return page_lacks_memory(page);
    for (size_t i = 0; i < bounds->count; i++) {
        partitions[i].topic_id = bounds->partitions[i].topic_id;
        partitions[i].partition = bounds->partitions[i].partition;
    }
    page->step = PAGE_STEP_TIME;
    page->find = (struct storage_offset_at_time){
        .op = step_op(page), .time_ms = page->query->time_ms, .partitions = partitions, .count = bounds->count
    };
    handoff_arm(&page->handoff);
    gateway_offset_at_time(page->gateway, &page->find);
    return true;
}

/* A topic of a wildcard that goes away while we read is no fault; one that was named is not there. */
static void take_deleted(struct page *page, const struct storage_topic *topic) {
    if (selection_names(&page->query->what, topic)) {
        page_fail(page, STATUS_TOPIC_NOT_FOUND, "%s", topic->name);
        return;
    }
    for (size_t i = 0; i < page->selection.partition_count; i++)
        if (page->selection.partitions[i].topic == topic)
            page->positions[i].deleted = page->positions[i].finished = true;
}

static void take_fetch(struct page *page) {
    enum status s = page->fetch.op.status;
    if (s != STATUS_OK && s != STATUS_GROUP_NOT_FOUND) /* which has committed nothing */
        page_fail_with(page, &page->fetch.op);
    page->step = PAGE_STEP_BOUNDS;
}

/* Whether a partition has an answer; if not, its topic has gone away, or the page fails. */
static bool take_answer(struct page *page, size_t at, enum status status) {
    if (status == STATUS_TOPIC_NOT_FOUND && !page->positions[at].deleted)
        take_deleted(page, page->selection.partitions[at].topic);
    else if (status != STATUS_OK && status != STATUS_TOPIC_NOT_FOUND)
        page_fail(page, status, "%s/%u", page->selection.partitions[at].topic->name,
                  page->selection.partitions[at].partition);
    return status == STATUS_OK;
}

static void take_bounds(struct page *page) {
    const struct storage_bounds *bounds = &page->bounds;
    if (bounds->op.status != STATUS_OK) {
        page_fail_with(page, &bounds->op);
        return;
    }
    for (size_t i = 0; i < bounds->count && page->status == STATUS_OK; i++) {
        if (!take_answer(page, i, bounds->partitions[i].ret_status))
            continue;
        page->positions[i].first_offset = bounds->partitions[i].first_offset;
        page->positions[i].head = bounds->partitions[i].next_offset;
    }
    page->step = PAGE_STEP_TIME;
}

static void take_find(struct page *page) {
    const struct storage_offset_at_time *find = &page->find;
    if (find->op.status != STATUS_OK) {
        page_fail_with(page, &find->op);
        return;
    }
    for (size_t i = 0; i < find->count && page->status == STATUS_OK; i++)
        if (take_answer(page, i, find->partitions[i].ret_status))
            page->positions[i].next_offset = find->partitions[i].ret_offset;
    page->step = PAGE_STEP_START;
}

/* What cannot be read fails a page that has nothing else to give. Another one ends before it: the next begins there. */
static void take_read_failure(struct page *page, const struct selected_partition *selected,
                              struct page_position *position) {
    const struct storage_read *read = &page->reading->read;
    struct read_failure failure = read_failures_note(page->gateway->failures, selected->topic, read);
    position->failed = true;
    if (page->got_on)
        return;
    page->unreadable = failure;
    page_fail(page, read->op.status, "%s/%u cannot be read from offset %llu on; the log of the server says why",
              failure.topic, failure.partition, (unsigned long long)failure.offset);
}

static void take_read(struct page *page) {
    struct page_chunk *chunk = page->reading;
    struct page_position *position = &page->positions[page_reading_index(page)];
    const struct selected_partition *selected = &page->selection.partitions[page_reading_index(page)];
    enum status s = chunk->read.op.status;
    if (s == STATUS_TOPIC_NOT_FOUND) {
        take_deleted(page, selected->topic);
    } else if (s == STATUS_OFFSET_GONE && page->query->what.lenient) {
        page_gap_add(page, &(struct page_gap){ .reason = PAGE_GAP_RETENTION,
                                               .topic = selected->topic->name,
                                               .partition = selected->partition,
                                               .from = position->next_offset,
                                               .to = chunk->read.ret_first });
        position->next_offset = chunk->read.ret_first;
    } else if (s == STATUS_OFFSET_GONE) {
        /* Retention overtook us: the next request says so with the right bounds. */
        page_fail(page, s, "offset %llu of %s/%u is no longer available; the first offset is %llu",
                  (unsigned long long)position->next_offset, selected->topic->name, selected->partition,
                  (unsigned long long)chunk->read.ret_first);
        position->next_offset = chunk->read.ret_first;
    } else if (status_is_read_failure(s)) {
        take_read_failure(page, selected, position);
    } else if (s != STATUS_OK) {
        page_fail_with(page, &chunk->read.op);
    } else {
        page_keep_tail(page, chunk);
        page->got_on = page->got_on || chunk->read.ret_next > position->next_offset;
        page_choose_records(page, chunk, position);
        if (position->next_offset >= position->stop_offset) {
            position->next_offset = position->stop_offset; /* which may lie in a hole */
            position->finished = true;
        }
        position->finished = position->finished || position->next_offset >= chunk->read.ret_head;
    }
    if (page->status == STATUS_OK && chunk->read.record_count > 0) {
        chunk->next_offset = position->next_offset;
        *page->chunks_end = chunk;
        page->chunks_end = &chunk->next;
        page->reading = NULL;
        page->kept_bytes += chunk->read.memory.share.bytes;
        page->paused = page->query->kept_bytes_max > 0 && page->kept_bytes > page->query->kept_bytes_max;
    } else {
        page_chunk_clear(chunk);
    }
}

static void page_take(struct page *page) {
    switch (page->step) {
    case PAGE_STEP_GROUP: take_fetch(page); break;
    case PAGE_STEP_BOUNDS: take_bounds(page); break;
    case PAGE_STEP_TIME: take_find(page); break;
    case PAGE_STEP_START: break; /* nothing was asked for */
    case PAGE_STEP_READ: take_read(page); break;
    }
}

static size_t events_left(const struct page *page) { return page->query->event_limit - page->event_count; }

static void choose_first(struct page *page) {
    uint64_t sum = 0; /* of what has been read so far: it moves on with every page */
    for (size_t i = 0; i < page->selection.partition_count; i++)
        sum += page->positions[i].next_offset;
    page->first = sum % page->selection.partition_count;
}

static void begin_share(struct page *page) {
    size_t partitions = page->selection.partition_count;
    size_t share = (page->query->event_limit + partitions - 1) / partitions;
    page->share_left = page->second_round || share > events_left(page) ? events_left(page) : share;
}

/* Moves to the next partition that has something to read; false: the page is made. */
static bool next_partition(struct page *page) {
    for (;;) {
        bool full = events_left(page) == 0 || page->bytes_left == 0 || page->scans_left == 0;
        if (full)
            return false;
        if (page->at < page->selection.partition_count) {
            const struct page_position *position = &page->positions[page_reading_index(page)];
            if (!position->finished && !position->failed && page->share_left > 0)
                return true;
            page->at++;
        } else if (!page->second_round) {
            page->second_round = true;
            page->at = 0;
        } else {
            return false;
        }
        begin_share(page);
    }
}

/* Sets the positions, and where reading begins; false: there is nothing to read. */
static bool begin_reading(struct page *page) {
    page_positions_set(page);
    page->step = PAGE_STEP_READ;
    if (page->status != STATUS_OK || page->selection.partition_count == 0)
        return false;
    choose_first(page);
    begin_share(page);
    return true;
}

static bool start_read(struct page *page) {
    if (!next_partition(page) || !page_make_chunk(page))
        return false;
    handoff_arm(&page->handoff);
    page_read_chunk(page, step_op(page));
    return true;
}

/* Starts the next operation; false: there is none. */
static bool page_step(struct page *page) {
    if (page->status != STATUS_OK)
        return false;
    if (page->step == PAGE_STEP_GROUP && page->query->group != NULL)
        return start_fetch(page);
    if (page->step <= PAGE_STEP_BOUNDS && page->selection.partition_count > 0)
        return start_bounds(page);
    if (page->step <= PAGE_STEP_TIME && page->query->start == PAGE_FROM_TIME && page->selection.partition_count > 0)
        return start_find(page);
    if (page->step < PAGE_STEP_READ && !begin_reading(page))
        return false;
    return start_read(page);
}

static bool brings_cursor(enum status status) {
    return status == STATUS_OK || status == STATUS_OFFSET_GONE || status == STATUS_OFFSET_BEYOND ||
           status == STATUS_TOPIC_RECREATED;
}

static void page_end(struct page *page) {
    size_t count = page->positions != NULL ? page->selection.partition_count : 0;
    page->up_to_date = true;
    page->at_stop = bytes_present(page->query->stop) && !page->stop_lost;
    for (size_t i = 0; i < count; i++) {
        const struct page_position *position = &page->positions[i];
        page->up_to_date = page->up_to_date && position->finished;
        page->at_stop = page->at_stop && !position->deleted && position->next_offset == position->stop_offset;
    }
    if (brings_cursor(page->status)) {
        enum status s = page_positions_encode(page);
        if (s == STATUS_NO_MEMORY)
            page_lacks_memory(page);
        else if (s != STATUS_OK)
            page_is_too_wide(page);
    }
    page->done(page->context);
}

static void page_run(struct page *page) {
    while (!page->paused && page_step(page)) {
        if (!handoff_meet(&page->handoff))
            return; /* its done goes on */
        page_take(page);
    }
    if (page->paused)
        page->done(page->context);
    else
        page_end(page);
}

void page_go_on(struct page *page) {
    page->paused = false;
    page_run(page);
}

/* Side by side in a partition they are one. */
static bool add_span(struct page *page, const struct page_chunk *chunk) {
    struct page_span *last = page->last_span;
    if (last == NULL || last->topic != chunk->topic || last->partition != chunk->read.partition) {
        struct page_span *span = arena_array(page->arena, 1, sizeof *span);
        if (span == NULL)
            return false;
        span->topic = chunk->topic;
        span->partition = chunk->read.partition;
        span->offset = chunk->read.offset;
        *(last != NULL ? &last->next : &page->spans) = span;
        page->last_span = last = span;
    }
    last->next_offset = chunk->next_offset;
    last->event_count += chunk->read.record_count;
    return true;
}

bool page_fold(struct page *page) {
    while (page->chunks != NULL) {
        struct page_chunk *chunk = page->chunks;
        if (!add_span(page, chunk))
            return false;
        page->chunks = chunk->next;
        page_chunk_free(chunk);
    }
    page->chunks_end = &page->chunks;
    page->kept_bytes = 0;
    return true;
}

void page_start(struct gateway *gateway, const struct page_query *query, struct arena *arena, struct page *page) {
    page->gateway = gateway;
    page->query = query;
    page->arena = arena;
    page->chunks_end = &page->chunks;
    page->gaps_end = &page->gaps;
    page->bytes_left = query->byte_limit;
    page->scans_left = bytes_present(query->key) ? LIMIT_PAGE_SCAN_EVENTS : SIZE_MAX;
    size_t missing = 0;
    enum status s = selection_resolve(gateway->topics, &query->what, arena, &page->selection, &missing);
    if (s == STATUS_TOPIC_NOT_FOUND)
        page_fail(page, s, "%.*s", (int)query->what.patterns[missing].size, query->what.patterns[missing].data);
    else if (s != STATUS_OK)
        page_fail(page, s, "%s", s == STATUS_PARTITION_NOT_FOUND ? "the topic has no such partition" : "out of memory");
    if (s == STATUS_OK && !cursor_may_fit(page->selection.topics.count, page->selection.partition_count)) {
        page_is_too_wide(page); /* before anything is asked */
    } else if (s == STATUS_OK) {
        page->positions = arena_array(arena, page->selection.partition_count + 1, sizeof *page->positions);
#ifndef SABOTEUR_UNCHECKED_ALLOC
        if (page->positions == NULL)
            page_lacks_memory(page);
#endif
    }
    page_run(page);
}

void page_finish(struct page *page) {
    while (page->chunks != NULL) {
        struct page_chunk *chunk = page->chunks;
        page->chunks = chunk->next;
        page_chunk_free(chunk);
    }
    page_chunk_free(page->reading);
    page->reading = NULL;
    storage_offsets_fetch_finish(&page->fetch);
    selection_finish(&page->selection);
    buffer_finish(&page->cursor);
}
