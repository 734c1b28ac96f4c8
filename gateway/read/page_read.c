/* The reads of a page: from the tail cache or from storage, and what of them the page keeps. */
#include "gateway/read/page.h"

#include "base/memory.h"

enum {
    SCAN_STEP_EVENTS = 2000, /* read at once when most of it may be filtered out */
    KEPT_EVENTS = 5000,      /* read at once for a page that may pause */
    FOLDED_EVENTS = 1000,    /* the same once it keeps no records: small enough to come from the heap again and again */
    FOLDED_BYTES = 128 << 10,
};

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* What is read at once at most. */
static void set_limits(const struct page *page, struct storage_read *read) {
    read->record_limit = page->share_left;
    read->byte_limit = page->bytes_left;
    if (bytes_present(page->query->key)) {
        read->record_limit = SCAN_STEP_EVENTS;
        read->byte_limit = LIMIT_PAGE_BYTES_DEFAULT;
    }
    if (page->query->kept_bytes_max > 0) {
        read->record_limit = least(read->record_limit, page->spans != NULL ? FOLDED_EVENTS : KEPT_EVENTS);
        read->byte_limit = least(read->byte_limit, page->spans != NULL ? FOLDED_BYTES : page->query->kept_bytes_max);
    }
}

size_t page_reading_index(const struct page *page) {
    return (page->first + page->at) % page->selection.partition_count;
}

bool page_make_chunk(struct page *page) {
    if (page->reading != NULL)
        return true; /* of a read that brought nothing */
    page->reading = mem_zero(1, sizeof *page->reading);
    return page->reading != NULL || page_lacks_memory(page);
}

void page_chunk_clear(struct page_chunk *chunk) {
    storage_read_finish(&chunk->read);
    tail_run_unref(chunk->run);
    chunk->run = NULL;
}

void page_chunk_free(struct page_chunk *chunk) {
    if (chunk == NULL)
        return;
    page_chunk_clear(chunk);
    mem_free(chunk);
}

void page_read_chunk(struct page *page, struct storage_op op) {
    const struct selected_partition *selected = &page->selection.partitions[page_reading_index(page)];
    const struct page_position *position = &page->positions[page_reading_index(page)];
    struct page_chunk *chunk = page->reading;
    struct storage_read *read = &chunk->read;
    chunk->topic = selected->topic;
    *read = (struct storage_read){
        .op = op, .topic_id = selected->topic->id, .partition = selected->partition, .offset = position->next_offset
    };
    set_limits(page, read);
    if (!page->query->live || !tail_read(page->gateway->tail, read, &chunk->run)) {
        gateway_read(page->gateway, read);
        return;
    }
    read->ret_first = position->first_offset;
    read->ret_head = read->ret_next > position->head ? read->ret_next : position->head;
    storage_op_done(&read->op, STATUS_OK, NULL);
}

void page_keep_tail(struct page *page, struct page_chunk *chunk) {
    if (page->query->live && chunk->run == NULL && chunk->read.ret_next >= chunk->read.ret_head)
        chunk->run = tail_keep(page->gateway->tail, &chunk->read);
}

void page_choose_records(struct page *page, struct page_chunk *chunk, struct page_position *position) {
    const struct page_query *query = page->query;
    size_t kept = 0;
    position->next_offset = chunk->read.ret_next;
    for (size_t i = 0; i < chunk->read.record_count; i++) {
        const struct storage_record *record = &chunk->read.records[i];
        bool late = query->until_ms != STORAGE_TIME_NONE && record->received_at_ms >= query->until_ms;
        if (late || record->offset >= position->stop_offset) {
            position->next_offset = record->offset;
            position->finished = true;
            break;
        }
        page->scans_left -= page->scans_left > 0;
        if (!page_query_wants(query, record))
            continue;
        size_t cost = storage_record_bytes(record);
        bool first = page->event_count == 0;
        if (page->share_left == 0 || (!first && cost > page->bytes_left)) {
            position->next_offset = record->offset;
            page->bytes_left = page->share_left == 0 ? page->bytes_left : 0;
            break;
        }
        page->bytes_left -= cost < page->bytes_left ? cost : page->bytes_left;
        page->share_left--;
        page->event_count++;
        chunk->read.records[kept++] = *record;
    }
    chunk->read.record_count = kept;
}
