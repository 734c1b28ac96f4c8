/* The logs of the memory engine: appending, reading, bounds, and positions by time. */
#include "base/clock.h"
#include "base/memory.h"
#include "storage/memory/engine.h"

/* Up to where headers may stand again. */
static size_t room_align(size_t size) {
    const size_t align = _Alignof(struct storage_header);
    return (size + align - 1) / align * align;
}

/* What record_copy takes up: the headers, then all bytes. */
static size_t record_room(const struct storage_record *record) {
    return room_align(record->header_count * sizeof(struct storage_header) + storage_record_bytes(record));
}

static struct bytes bytes_move(struct bytes from, char **at) {
    if (!bytes_present(from))
        return BYTES_NONE;
    char *to = *at;
    if (from.size > 0)
        memcpy(to, from.data, from.size);
    *at += from.size;
    return (struct bytes){ .data = to, .size = from.size };
}

/* Copies a record and all that it points to into `*room`, which is aligned for headers, and goes on behind it. */
static struct storage_record record_copy(const struct storage_record *from, char **room) {
    struct storage_record copy = *from;
    struct storage_header *headers = (struct storage_header *)*room;
    char *at = (char *)(headers + from->header_count);
    for (size_t i = 0; i < from->header_count; i++)
        headers[i] = (struct storage_header){ .name = bytes_move(from->headers[i].name, &at),
                                              .value = bytes_move(from->headers[i].value, &at) };
    copy.headers = from->header_count > 0 ? headers : NULL;
    copy.key = bytes_move(from->key, &at);
    copy.id = bytes_move(from->id, &at);
    copy.value = bytes_move(from->value, &at);
    *room += room_align((size_t)(at - *room));
    return copy;
}

void memory_partition_finish(struct memory_partition *partition) {
    for (size_t i = 0; i < partition->count; i++)
        mem_free(partition->records[i]);
    mem_free(partition->records);
    *partition = (struct memory_partition){ 0 };
}

static void records_free(struct storage_record **records, size_t count) {
    for (size_t i = 0; i < count; i++)
        mem_free(records[i]);
    mem_free(records);
}

/* Copies of a request's records, one block each, ready to go into the logs; NULL when there is no memory. */
static struct storage_record **records_copy(const struct storage_record *records, size_t count) {
    struct storage_record **copies = mem_zero(count, sizeof *copies);
    for (size_t i = 0; copies != NULL && i < count; i++) {
        copies[i] = mem_alloc(sizeof *copies[i] + record_room(&records[i]));
        if (copies[i] == NULL) {
#ifndef SABOTEUR_LEAKED_ALLOC
            records_free(copies, i);
#endif
            return NULL;
        }
        char *behind = (char *)(copies[i] + 1);
        *copies[i] = record_copy(&records[i], &behind);
    }
    return copies;
}

/* What an append did to one partition, to be told without the lock. */
struct append_change {
    uint32_t partition;
    uint64_t next_offset;
};

/* A weak engine never gives out every third offset, nor the one behind a request. */
static void leave_hole(const struct memory_storage *engine, struct memory_partition *partition) {
    if (engine->is_weak && partition->next_offset % 3 == 1)
        partition->next_offset++;
}

static void leave_hole_behind(const struct memory_storage *engine, struct memory_partition *partition) {
    if (engine->is_weak)
        partition->next_offset++;
}

static bool is_below_offset(const struct storage_record *record, uint64_t offset) { return record->offset < offset; }

/* Times are never negative. */
static bool is_before_time(const struct storage_record *record, uint64_t time_ms) {
    return (uint64_t)record->received_at_ms < time_ms;
}

/* The place of the first record that is not below the bound; neither offsets nor received_at ever go back. */
static size_t record_place(const struct memory_partition *partition, uint64_t bound,
                           bool (*is_below)(const struct storage_record *record, uint64_t bound)) {
    size_t low = 0;
    size_t high = partition->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_below(partition->records[middle], bound))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Checks all partitions and makes room in them, so that nothing can fail afterwards; under the lock. Counts the records
 * of each partition. */
static enum status append_prepare(struct memory_topic *topic, struct storage_record **records, size_t count,
                                  uint32_t *counts) {
    uint32_t partitions = topic->description->settings.partitions;
    for (size_t i = 0; i < count; i++) {
        if (records[i]->partition >= partitions)
            return STATUS_PARTITION_NOT_FOUND;
        counts[records[i]->partition]++;
    }
    for (uint32_t i = 0; i < partitions; i++) {
        struct memory_partition *partition = &topic->partitions[i];
        if (counts[i] == 0)
            continue;
        struct storage_record **grown = memory_grown(partition->records, &partition->capacity, partition->count,
                                                     counts[i], sizeof(struct storage_record *));
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        partition->records = grown;
    }
    return STATUS_OK;
}

/* Puts one record at the end of its partition; the room is there. */
static void partition_push(struct memory_partition *partition, struct storage_record *record, int64_t now_ms) {
    if (partition->received_at_ms < now_ms)
        partition->received_at_ms = now_ms;
    record->offset = partition->next_offset++;
    record->received_at_ms = partition->received_at_ms;
    if (record->timestamp_ms == STORAGE_TIME_NONE)
        record->timestamp_ms = record->received_at_ms;
    partition->bytes += storage_record_bytes(record);
    partition->records[partition->count++] = record;
}

/* The runs of the newest `count` records of a partition. */
static void add_runs(const struct memory_partition *partition, uint32_t number, uint32_t count,
                     struct storage_append *append) {
    struct storage_extent *run = NULL;
    for (size_t i = partition->count - count; i < partition->count; i++) {
        uint64_t offset = partition->records[i]->offset;
        if (run == NULL || run->first_offset + run->count != offset) {
            run = &append->extents[append->ret_extent_count++];
            *run = (struct storage_extent){ .partition = number, .first_offset = offset };
        }
        run->count++;
    }
}

/* Appends under the lock. On success the records belong to the logs. Returns in `changes` what watchers are to hear. */
static enum status append_commit(struct memory_storage *engine, struct storage_append *append,
                                 struct storage_record **records, struct append_change *changes,
                                 size_t *ret_change_count) {
    struct memory_topic *topic = memory_topic_find(engine, append->topic_id);
    if (topic == NULL)
        return STATUS_TOPIC_NOT_FOUND;
    uint32_t counts[STORAGE_PARTITIONS_MAX] = { 0 };
    enum status status = append_prepare(topic, records, append->record_count, counts);
    if (status != STATUS_OK)
        return status;

    int64_t now_ms = clock_wall_ms();
    for (size_t i = 0; i < append->record_count; i++) {
        struct memory_partition *partition = &topic->partitions[records[i]->partition];
        leave_hole(engine, partition);
        partition_push(partition, records[i], now_ms);
    }

    size_t change_count = 0;
    for (uint32_t i = 0; i < topic->description->settings.partitions; i++) {
        struct memory_partition *partition = &topic->partitions[i];
        if (counts[i] == 0)
            continue;
        leave_hole_behind(engine, partition);
        if (append->ack != STORAGE_ACK_NONE)
            add_runs(partition, i, counts[i], append);
        if (partition->is_watched)
            changes[change_count++] = (struct append_change){ .partition = i, .next_offset = partition->next_offset };
    }
    append->ret_ack = append->ack;
    *ret_change_count = change_count;
    return STATUS_OK;
}

void memory_append(struct storage *storage, struct storage_append *append) {
    struct memory_storage *engine = memory_engine(storage);
    append->ret_extent_count = 0;
    if (!memory_enter(engine, &append->op))
        return;
    uint64_t topic_id = append->topic_id;
    struct append_change changes[STORAGE_PARTITIONS_MAX];
    size_t change_count = 0;
    enum status status = STATUS_NO_MEMORY;
    if (!storage_can_ack(engine->storage.capabilities, append->ack)) {
        status = STATUS_UNSUPPORTED;
    } else if (append->record_count == 0 || append->record_count > UINT32_MAX) {
        status = STATUS_INVALID;
    } else {
        struct storage_record **records = records_copy(append->records, append->record_count);
        if (records != NULL) {
            int64_t began_us = clock_monotonic_us();
            pthread_mutex_lock(&engine->lock);
            status = append_commit(engine, append, records, changes, &change_count);
            pthread_mutex_unlock(&engine->lock);
            records_free(records, status == STATUS_OK ? 0 : append->record_count);
            if (status == STATUS_OK)
                histogram_add(&engine->commit_times, clock_monotonic_us() - began_us);
        }
    }
    for (size_t i = 0; i < change_count; i++)
        memory_late_do(engine, &(struct memory_late){ .kind = MEMORY_LATE_CHANGE,
                                                      .topic_id = topic_id,
                                                      .partition = changes[i].partition,
                                                      .next_offset = changes[i].next_offset });
    memory_end(engine, &append->op, status);
}

/* How many records from a place on a read gives, and the room that their copies need. */
static size_t read_measure(const struct memory_partition *partition, size_t place, const struct storage_read *read,
                           size_t *ret_room) {
    size_t count = 0;
    size_t bytes = 0;
    *ret_room = 0;
    for (size_t at = place; at < partition->count && count < read->record_limit; at++) {
        const struct storage_record *record = partition->records[at];
        size_t more = storage_record_bytes(record);
        if (count > 0 && (bytes > read->byte_limit || more > read->byte_limit - bytes))
            break;
        bytes += more;
        *ret_room += record_room(record);
        count++;
    }
    return count;
}

/* Reads under the lock. */
static enum status read_partition(const struct memory_partition *partition, struct storage_read *read) {
    read->ret_first = 0;
    read->ret_head = partition->next_offset;
    if (read->offset > partition->next_offset)
        return STATUS_OFFSET_BEYOND;

    size_t room;
    size_t place = record_place(partition, read->offset, is_below_offset);
    size_t count = read_measure(partition, place, read, &room);
    struct storage_record *records = arena_array(&read->memory, count, sizeof *records);
    char *at = arena_alloc(&read->memory, room);
    if (records == NULL || at == NULL)
        return STATUS_NO_MEMORY;

    for (size_t i = 0; i < count; i++)
        records[i] = record_copy(partition->records[place + i], &at);
    read->records = records;
    read->record_count = count;
    read->ret_next = place + count < partition->count ? partition->records[place + count]->offset
                                                      : partition->next_offset;
    return STATUS_OK;
}

static enum status read_locked(struct memory_storage *engine, void *operation) {
    struct storage_read *read = operation;
    struct memory_partition *partition;
    enum status status = memory_partition_find(engine, read->topic_id, read->partition, &partition);
    return status == STATUS_OK ? read_partition(partition, read) : status;
}

void memory_read(struct storage *storage, struct storage_read *read) {
    storage_read_init(read);
    memory_run(memory_engine(storage), &read->op, read_locked, read);
}

static enum status bounds_locked(struct memory_storage *engine, void *operation) {
    struct storage_bounds *bounds = operation;
    for (size_t i = 0; i < bounds->count; i++) {
        struct storage_partition_bounds *query = &bounds->partitions[i];
        struct memory_partition *partition;
        query->ret_status = memory_partition_find(engine, query->topic_id, query->partition, &partition);
        if (query->ret_status != STATUS_OK)
            continue;
        query->first_offset = 0;
        query->next_offset = partition->next_offset;
        query->bytes = engine->is_weak ? STORAGE_BYTES_UNKNOWN : partition->bytes;
    }
    return STATUS_OK;
}

void memory_bounds(struct storage *storage, struct storage_bounds *bounds) {
    memory_run(memory_engine(storage), &bounds->op, bounds_locked, bounds);
}

static enum status find_offset(struct memory_storage *engine, struct storage_partition_time *query, int64_t time_ms) {
    struct memory_partition *partition;
    enum status status = memory_partition_find(engine, query->topic_id, query->partition, &partition);
    if (status != STATUS_OK)
        return status;
    size_t place = record_place(partition, time_ms > 0 ? (uint64_t)time_ms : 0, is_before_time);
    query->ret_offset = place < partition->count ? partition->records[place]->offset : partition->next_offset;
    return STATUS_OK;
}

static enum status find_locked(struct memory_storage *engine, void *operation) {
    struct storage_offset_at_time *find = operation;
    for (size_t i = 0; i < find->count; i++)
        find->partitions[i].ret_status = find_offset(engine, &find->partitions[i], find->time_ms);
    return STATUS_OK;
}

void memory_offset_at_time(struct storage *storage, struct storage_offset_at_time *find) {
    memory_run(memory_engine(storage), &find->op, find_locked, find);
}
