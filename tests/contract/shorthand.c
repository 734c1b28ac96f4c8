/* Short forms of what most tests do, each of which fails the test unless all goes well. */
#include "base/memory.h"
#include "tests/contract/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct storage_settings settings_of(uint32_t partitions) {
    return (struct storage_settings){ .partitions = partitions,
                                      .max_event_bytes = 1 << 20,
                                      .ack = strongest_ack(),
                                      .cleanup_policy = STORAGE_CLEANUP_DELETE,
                                      .retention_ms = STORAGE_FOR_EVER,
                                      .retention_bytes = STORAGE_FOR_EVER };
}

struct storage_topic *topic_make(const char *name, const struct storage_settings *settings) {
    struct call *call = call_new(CALL_TOPIC_CREATE);
    call->create.name = name;
    call->create.settings = settings;
    ck_assert_status(call_run(call), STATUS_OK);
    ck_assert_ptr_nonnull(call->create.ret_topic);
    return call->create.ret_topic;
}

uint64_t topic_id_make(const char *name, uint32_t partitions) {
    struct storage_settings settings = settings_of(partitions);
    return topic_make(name, &settings)->id;
}

struct call *alter_call(uint64_t topic_id, const struct storage_settings *settings, unsigned which) {
    struct call *call = call_new(CALL_TOPIC_ALTER);
    call->alter.topic_id = topic_id;
    call->alter.settings = settings;
    call->alter.which = which;
    return call;
}

void topic_remove(uint64_t topic_id) {
    struct call *call = call_new(CALL_TOPIC_DELETE);
    call->delete.topic_id = topic_id;
    ck_assert_status(call_run(call), STATUS_OK);
}

struct storage_record record_of(uint32_t partition, const char *value) {
    return (
        struct storage_record){ .partition = partition, .timestamp_ms = STORAGE_TIME_NONE, .value = bytes_text(value) };
}

struct call *append_call(uint64_t topic_id, const struct storage_record *records, size_t count) {
    struct call *call = call_new(CALL_APPEND);
    call->extents = mem_zero(count + 1, sizeof *call->extents); /* room for a run each */
    if (call->extents == NULL)
        abort(); /* this may be a thread that cannot fail a test */
    call->append.extents = call->extents;
    call->append.topic_id = topic_id;
    call->append.records = records;
    call->append.record_count = count;
    call->append.ack = strongest_ack();
    return call;
}

struct call *append_run(uint64_t topic_id, const struct storage_record *records, size_t count) {
    struct call *call = append_call(topic_id, records, count);
    ck_assert_status(call_run(call), STATUS_OK);
    return call;
}

void append_texts(uint64_t topic_id, uint32_t partition, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char value[24];
        snprintf(value, sizeof value, "%zu", i);
        struct storage_record record = record_of(partition, value);
        append_run(topic_id, &record, 1);
    }
}

struct call *read_call(uint64_t topic_id, uint32_t partition, uint64_t offset) {
    struct call *call = call_new(CALL_READ);
    call->read.topic_id = topic_id;
    call->read.partition = partition;
    call->read.offset = offset;
    return call;
}

struct call *read_run(uint64_t topic_id, uint32_t partition, uint64_t offset) {
    struct call *call = read_call(topic_id, partition, offset);
    ck_assert_status(call_run(call), STATUS_OK);
    return call;
}

struct call *bounds_call(uint64_t topic_id, uint32_t count) {
    struct call *call = call_new(CALL_BOUNDS);
    storage_bounds_ask(call->partitions, topic_id, count);
    call->bounds.count = count;
    return call;
}

struct storage_partition_bounds bounds_of(uint64_t topic_id, uint32_t partition) {
    struct call *call = bounds_call(topic_id, partition + 1);
    ck_assert_status(call_run(call), STATUS_OK);
    ck_assert_status(call->partitions[partition].ret_status, STATUS_OK);
    return call->partitions[partition];
}

struct call *find_call(uint64_t topic_id, uint32_t partition, int64_t time_ms) {
    struct call *find = call_new(CALL_OFFSET_AT_TIME);
    find->times[0] = (struct storage_partition_time){ .topic_id = topic_id, .partition = partition };
    find->offset_at_time.count = 1;
    find->offset_at_time.time_ms = time_ms;
    return find;
}

struct call *commit_call(const char *group, const struct storage_commit *commits, size_t count) {
    struct call *call = call_new(CALL_OFFSETS_COMMIT);
    call->commit.group = group;
    call->commit.commits = commits;
    call->commit.commit_count = count;
    return call;
}

void commit_one(const char *group, uint64_t topic_id, uint32_t partition, uint64_t offset) {
    const struct storage_commit commit = { .topic_id = topic_id, .partition = partition, .offset = offset };
    ck_assert_status(call_run(commit_call(group, &commit, 1)), STATUS_OK);
}

static struct call *fetch_call(const char *group) {
    struct call *call = call_new(CALL_OFFSETS_FETCH);
    call->fetch.group = group;
    return call;
}

struct call *fetch_run(const char *group) {
    struct call *call = fetch_call(group);
    ck_assert_status(call_run(call), STATUS_OK);
    return call;
}

enum status fetch_status(const char *group) { return call_run(fetch_call(group)); }

void committed_check(const struct storage_committed *committed, uint64_t topic_id, uint32_t partition,
                     uint64_t offset) {
    ck_assert_uint_eq(committed->topic_id, topic_id);
    ck_assert_uint_eq(committed->partition, partition);
    ck_assert_uint_eq(committed->offset, offset);
}

uint64_t nth_offset(uint64_t topic_id, uint32_t partition, size_t n) {
    if (can(STORAGE_CAN_DENSE))
        return n;
    const struct storage_read *read = &read_run(topic_id, partition, 0)->read;
    ck_assert_uint_le(n, read->record_count);
    return n < read->record_count ? read->records[n].offset : read->ret_head;
}

bool is_behind(uint64_t offset, uint64_t topic_id, uint32_t partition, size_t n) {
    return offset <= nth_offset(topic_id, partition, n) && (n == 0 || offset > nth_offset(topic_id, partition, n - 1));
}

uint64_t runs_check(const struct call *append, uint32_t partition, size_t count) {
    const struct storage_extent *before = NULL;
    uint64_t first_offset = 0;
    size_t found = 0;
    size_t runs = 0;
    for (size_t i = 0; i < append->append.ret_extent_count; i++) {
        const struct storage_extent *run = &append->extents[i];
        ck_assert_uint_gt(run->count, 0);
        if (before != NULL)
            ck_assert(before->partition < run->partition || (before->partition == run->partition &&
                                                             before->first_offset + before->count < run->first_offset));
        before = run;
        if (run->partition != partition)
            continue;
        first_offset = runs++ == 0 ? run->first_offset : first_offset;
        found += run->count;
    }
    ck_assert_uint_eq(found, count);
    ck_assert(!can(STORAGE_CAN_CONTIGUOUS) || runs == 1);
    return first_offset;
}

void pause_ms(unsigned ms) {
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
    nanosleep(&time, NULL);
}

bool text_is(struct bytes bytes, const char *text) { return bytes_equal(bytes, bytes_text(text)); }
