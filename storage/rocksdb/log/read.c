/* Reading records: find the batch of an offset, count what is wanted of each batch and copy that part, decode the
 * copies. */
#include "storage/rocksdb/engine.h"
#include "storage/rocksdb/log/log_scan.h"

#include <inttypes.h>
#include <stdio.h>

/* So near to its head a partition is read by many: what they need of the disk stays in the block cache. */
enum { SHARED_TAIL_OFFSETS = 100000 };

/* The wanted part of one batch: a batch itself, whose records are a copy. */
struct chunk {
    struct chunk *next;
    struct record_batch batch;
};

struct chunks {
    struct chunk *oldest;
    struct chunk **end;
    size_t record_count;
    size_t bytes;
    uint64_t next_offset; /* behind the last record */
    bool full;
};

/* Whether the record still goes into the answer; the first always does. */
static bool fits(const struct chunks *chunks, const struct storage_read *read, const struct record_view *record) {
    if (chunks->record_count == 0)
        return true;
    return chunks->record_count < read->record_limit && chunks->bytes <= read->byte_limit &&
           record->payload_bytes <= read->byte_limit - chunks->bytes;
}

/* Takes from a batch the records from `offset` on that fit. */
static enum status take_chunk(struct storage_read *read, uint64_t offset, struct record_batch batch,
                              struct chunks *chunks) {
    enum status status = record_batch_skip(&batch, offset);
    if (status != STATUS_OK)
        return status;

    struct record_batch wanted = batch;
    uint64_t count = 0;
    const uint8_t *end = NULL;
    for (;;) {
        struct record_view record;
        bool found;
        status = record_batch_next(&batch, &record, &found);
        if (status != STATUS_OK)
            return status;
        if (!found)
            break;
        chunks->full = !fits(chunks, read, &record);
        if (chunks->full)
            break;
        count++;
        end = batch.records.at;
        chunks->record_count++;
        chunks->bytes += record.payload_bytes;
        chunks->next_offset = record.offset + 1;
    }
    if (count == 0)
        return STATUS_OK;

    size_t size = (size_t)(end - wanted.records.at);
    struct chunk *chunk = arena_alloc(&read->memory, sizeof *chunk);
    char *copy = arena_copy(&read->memory, wanted.records.at, size);
    if (chunk == NULL || copy == NULL)
        return STATUS_NO_MEMORY;

    *chunk = (struct chunk){ .batch = wanted };
    chunk->batch.records = reader_of(copy, size);
    chunk->batch.left = count;
    *chunks->end = chunk;
    chunks->end = &chunk->next;
    return STATUS_OK;
}

static enum status fill_record(struct storage_read *read, const struct record_batch *batch,
                               const struct record_view *view, struct storage_record *record) {
    struct storage_header *headers = NULL;
    if (view->header_count > 0) {
        headers = arena_array(&read->memory, view->header_count, sizeof *headers);
        if (headers == NULL)
            return STATUS_NO_MEMORY;
        record_view_headers(view, headers);
    }
    int64_t received_at_ms = batch->header.received_at_ms;
    *record = (struct storage_record){
        .offset = view->offset,
        .partition = read->partition,
        .timestamp_ms = view->timestamp_ms != STORAGE_TIME_NONE ? view->timestamp_ms : received_at_ms,
        .received_at_ms = received_at_ms,
        .key = view->key,
        .id = view->id,
        .value = view->value,
        .headers = headers,
        .header_count = view->header_count,
    };
    return STATUS_OK;
}

static enum status fill_records(struct storage_read *read, const struct chunks *chunks) {
    if (chunks->record_count == 0)
        return STATUS_OK;
    struct storage_record *records = arena_array(&read->memory, chunks->record_count, sizeof *records);
    if (records == NULL)
        return STATUS_NO_MEMORY;
    size_t filled = 0;
    for (struct chunk *chunk = chunks->oldest; chunk != NULL; chunk = chunk->next) {
        struct record_view view;
        bool found;
        enum status status;
        while ((status = record_batch_next(&chunk->batch, &view, &found)) == STATUS_OK && found) {
            status = fill_record(read, &chunk->batch, &view, &records[filled]);
            if (status != STATUS_OK)
                return status;
            filled++;
        }
        if (status != STATUS_OK)
            return status;
    }
    read->records = records;
    read->record_count = filled;
    return STATUS_OK;
}

/* Gathers chunks from the batches at `offset` and behind it. What cannot be read fails the read that begins there; one that begins
 * before it ends there. */
static enum status gather(struct engine *engine, struct lookup *lookup, uint64_t head, struct chunks *chunks) {
    struct storage_read *read = (struct storage_read *)lookup->op;
    const struct partition *partition = lookup->partition;
    enum scan_mode from_disk = head - read->offset <= SHARED_TAIL_OFFSETS ? SCAN_DISK : SCAN_PASSING;
    autologscan struct log_scan scan = { 0 };
    log_scan_open(&scan, &engine->database, partition, head, lookup->memory_only ? SCAN_MEMORY : from_disk,
                  lookup->detail);

    struct record_batch batch;
    bool found;
    enum status status = log_scan_at(&scan, read->offset, &batch, &found);
    while (status == STATUS_OK && found) {
        struct chunks whole = *chunks;
        status = take_chunk(read, read->offset, batch, chunks);
        if (status == STATUS_CORRUPT) {
            snprintf(lookup->detail, STORAGE_DETAIL_BYTES,
                     "a record of partition %" PRIu32 " near offset %" PRIu64 " is damaged", partition->number,
                     chunks->next_offset);
            *chunks = whole; /* nothing of this batch is given */
        }
        if (status != STATUS_OK || chunks->full)
            break;
        status = log_scan_next(&scan, &batch, &found);
    }
    if (!status_is_read_failure(status) || chunks->record_count == 0)
        return status;
    lookup->detail[0] = '\0';
    chunks->full = true;
    return STATUS_OK;
}

/* Finds the partition, and its bounds: whether they have what is to be read. */
static enum status check_bounds(struct engine *engine, struct lookup *lookup) {
    struct storage_read *read = (struct storage_read *)lookup->op;
    enum status status = topic_table_find_partition(&engine->topics, read->topic_id, read->partition, &lookup->entry,
                                                    &lookup->partition);
    if (status != STATUS_OK)
        return status;
    if (read->record_limit == 0)
        return STATUS_INVALID;

    read->ret_head = atomic_load(&lookup->partition->next_offset);
    read->ret_first = atomic_load(&lookup->partition->first_offset);
    if (read->offset < read->ret_first)
        return STATUS_OFFSET_GONE;
    return read->offset > read->ret_head ? STATUS_OFFSET_BEYOND : STATUS_OK;
}

static void read_clear(struct storage_op *op) { storage_read_finish((struct storage_read *)op); }

static enum status read_run(struct engine *engine, struct lookup *lookup) {
    struct storage_read *read = (struct storage_read *)lookup->op;
    enum status status = check_bounds(engine, lookup);
    if (status != STATUS_OK)
        return status;

    struct chunks chunks = { .next_offset = read->offset };
    chunks.end = &chunks.oldest;
    if (read->offset < read->ret_head)
        status = gather(engine, lookup, read->ret_head, &chunks);
    if (status == STATUS_OK)
        status = fill_records(read, &chunks);

    /* Deleted meanwhile: what the scan saw may be a part. */
    if (atomic_load(&lookup->partition->deleted))
        status = STATUS_TOPIC_NOT_FOUND;
    if (status == STATUS_OK)
        read->ret_next = chunks.full ? chunks.next_offset : read->ret_head;
    return status;
}

void engine_read(struct storage *storage, struct storage_read *read) {
    storage_read_init(read);
    struct lookup lookup = { .op = &read->op, .run = read_run, .clear = read_clear, .try_memory = true };
    lookup_start(engine_of(storage), &lookup, STATUS_OK);
}
