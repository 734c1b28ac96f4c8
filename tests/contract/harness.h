/* What the contract tests stand on: an engine opened afresh for each test, operations that are waited for, and a record
 * of what the hooks said. Functions here may be called from any thread unless they say otherwise. */
#ifndef TAILRACE_TESTS_CONTRACT_HARNESS_H
#define TAILRACE_TESTS_CONTRACT_HARNESS_H

#include "storage/storage.h"
#include "tests/any_operation.h"

#include <check.h>

enum { WAIT_MS = 10000, RECORDS_ALL = 1 << 20, BYTES_ALL = 1 << 30 };
enum { EVERY_SETTING = (STORAGE_SETTING_KEY_POINTER << 1) - 1 };

/* ---- the engine under test (main thread) ---- */

struct storage *under_test(void);
bool can(enum storage_capability capability);
enum storage_ack strongest_ack(void);
/* Others change a topic; false: nobody else can. */
bool others_grow(uint64_t topic_id, uint32_t partitions);
bool others_drop(uint64_t topic_id);
void engine_close(void);   /* close, and check that hooks fall silent */
void engine_restart(void); /* close and open again; what was told is forgotten before the opening */

/* ---- operations ---- */

enum call_kind {
    CALL_APPEND,
    CALL_READ,
    CALL_BOUNDS,
    CALL_OFFSET_AT_TIME,
    CALL_TOPIC_CREATE,
    CALL_TOPIC_ALTER,
    CALL_TOPIC_DELETE,
    CALL_OFFSETS_COMMIT,
    CALL_OFFSETS_FETCH,
    CALL_GROUPS_LIST,
    CALL_GROUP_DELETE,
};

/* An operation with its outcome. It lives until the end of the test, so that a second `done` is seen. */
struct call {
    union {
        ANY_OPERATION;
    };
    enum call_kind kind;
    void (*then)(struct call *call); /* called in `done` when it is not NULL */
    void *context;                   /* the test's */
    unsigned done_count;             /* guarded by the harness's lock */
    struct storage_extent *extents;  /* of append_call */
    struct storage_partition_bounds partitions[STORAGE_PARTITIONS_MAX];
    struct storage_partition_time times[STORAGE_PARTITIONS_MAX];
    struct call *older;
};

/* Zeroed but for `done`, limits that are no limits, and room for bounds. */
struct call *call_new(enum call_kind kind);
/* Starts it on copies of all that it points to, and spoils and frees these when the engine has returned. */
void call_start(struct call *call);
unsigned call_done_count(struct call *call);
/* The status, once done; the program ends when that takes WAIT_MS. */
enum status call_wait(struct call *call);
enum status call_run(struct call *call);
void call_release(struct call *call); /* frees results before the end of the test */

/* ---- short forms, which fail the test unless all goes well (main thread) ---- */

struct storage_settings settings_of(uint32_t partitions);
struct storage_topic *topic_make(const char *name, const struct storage_settings *settings); /* valid for the test */
uint64_t topic_id_make(const char *name, uint32_t partitions);
struct call *alter_call(uint64_t topic_id, const struct storage_settings *settings, unsigned which);
void topic_remove(uint64_t topic_id);
struct storage_record record_of(uint32_t partition, const char *value); /* text; no key, id, headers or timestamp */
struct call *append_call(uint64_t topic_id, const struct storage_record *records, size_t count); /* strongest ack */
struct call *append_run(uint64_t topic_id, const struct storage_record *records, size_t count);
void append_texts(uint64_t topic_id, uint32_t partition, size_t count); /* "0", "1", … in requests of one */
struct call *read_call(uint64_t topic_id, uint32_t partition, uint64_t offset);
struct call *read_run(uint64_t topic_id, uint32_t partition, uint64_t offset); /* all */
struct call *bounds_call(uint64_t topic_id, uint32_t count);                   /* of its first partitions */
struct storage_partition_bounds bounds_of(uint64_t topic_id, uint32_t partition);
struct call *find_call(uint64_t topic_id, uint32_t partition, int64_t time_ms); /* of one partition */
struct call *commit_call(const char *group, const struct storage_commit *commits, size_t count);
void commit_one(const char *group, uint64_t topic_id, uint32_t partition, uint64_t offset);
struct call *fetch_run(const char *group);
enum status fetch_status(const char *group);
void committed_check(const struct storage_committed *committed, uint64_t topic_id, uint32_t partition, uint64_t offset);
void pause_ms(unsigned ms);

/* ---- offsets, which may have holes, and runs, of which there may be several ---- */

/* The offset of record n of a partition, counted from 0: n, where offsets are dense. Behind the last: the next offset. */
uint64_t nth_offset(uint64_t topic_id, uint32_t partition, size_t n);
/* Whether an offset is behind the first n records, and not behind more than the hole that may follow. */
bool is_behind(uint64_t offset, uint64_t topic_id, uint32_t partition, size_t n);
/* Checks the runs of an append in one partition: in order, one where they are contiguous, and of so many records. Gives
 * the offset of the first. */
uint64_t runs_check(const struct call *append, uint32_t partition, size_t count);
bool text_is(struct bytes bytes, const char *text);

/* ---- what the hooks said ---- */

struct told_topic {
    struct storage_topic *topic; /* valid for the test; NULL: the end of opening */
    bool gone;
    uint64_t version;
};

size_t told_topics(void); /* how many calls of on_topic */
struct told_topic told_topic(size_t index);
size_t told_changes(uint64_t topic_id, uint32_t partition); /* how many calls of on_change */
uint64_t told_next(uint64_t topic_id, uint32_t partition);  /* the largest next_offset of those; 0: none */
/* Waits until told_next is at least that; false after WAIT_MS. */
bool told_wait(uint64_t topic_id, uint32_t partition, uint64_t next_offset);

/* ---- the parts of the suite ---- */

/* A test for engines that can do this; the others pass it without a step. */
#define START_TEST_WITH(name, capability)                                                                              \
    static void name##_body(void);                                                                                     \
    START_TEST(name) {                                                                                                 \
        if (can(capability))                                                                                           \
            name##_body();                                                                                             \
    }                                                                                                                  \
    END_TEST                                                                                                           \
    static void name##_body(void)

/* A part with all the tests (terminated by NULL). */
TCase *part_make(const char *name, const TTest *const tests[]);

TCase *contract_topics(void);
TCase *contract_append(void);
TCase *contract_read(void);
TCase *contract_offsets(void);
TCase *contract_groups(void);
TCase *contract_watch(void);
TCase *contract_operations(void);
TCase *contract_concurrency(void);
TCase *contract_catalog_concurrency(void);
TCase *contract_restart(void);
TCase *contract_stats(void);
TCase *contract_others(void);

#endif
