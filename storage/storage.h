/* The storage seam: what the gateway needs of a log, and nothing of how it is kept. One folder an engine.
 *
 * Rules that every engine keeps (tests/contract holds each of them to it):
 *  - Every operation is a struct that the caller owns and that begins with a `struct storage_op`. The engine calls
 *    `op->done` exactly once, perhaps before the starting call returns, and from any thread; until then the caller leaves
 *    the struct alone, after it the engine does. `done` must be short and must not block. It may start another operation.
 *  - What an operation points to on the way in (names, records, settings) is copied before the starting call returns.
 *  - What comes out lies in the struct; memory behind it is released by the `…_finish` function of that struct, also after
 *    a failure.
 *  - A deadline (`deadline_ms`) is honoured while an operation waits to begin; once begun it is finished.
 *  - Offsets are given out on commit, rise, and are never used twice. They may have holes (STORAGE_CAN_DENSE): readers go
 *    on from `next`.
 *  - What an engine cannot do is a missing capability and STATUS_UNSUPPORTED, never a weaker yes.
 *  - STATUS_UNAVAILABLE says that what keeps the log could not be reached, and that nothing was written. */
#ifndef TAILRACE_STORAGE_STORAGE_H
#define TAILRACE_STORAGE_STORAGE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/histogram.h"
#include "base/status.h"

#include <stdatomic.h>

#define STORAGE_METADATA_BYTES_MAX 4096 /* of a committed offset; a macro, since messages name it */

enum {
    STORAGE_TOPIC_NAME_BYTES_MAX = 200,
    STORAGE_PARTITIONS_MAX = 256, /* of one topic */
    STORAGE_KEY_POINTER_BYTES_MAX = 512,
    STORAGE_DETAIL_BYTES = 192,
};

/* How durable a write is when its answer comes. In this order: each is at least as strong as those before it. */
enum storage_ack {
    STORAGE_ACK_NONE,       /* checked, not yet written */
    STORAGE_ACK_OS,         /* given to the operating system: survives the death of the process */
    STORAGE_ACK_DISK,       /* fsync'ed: survives the death of the machine */
    STORAGE_ACK_REPLICATED, /* on several machines */
};

enum storage_cleanup_policy { STORAGE_CLEANUP_DELETE, STORAGE_CLEANUP_COMPACT };

/* What a topic can do. Those of an engine are what a topic of it may have; each topic says what it has. */
enum storage_capability {
    STORAGE_CAN_ACK_NONE = 1 << STORAGE_ACK_NONE,
    STORAGE_CAN_ACK_OS = 1 << STORAGE_ACK_OS,
    STORAGE_CAN_ACK_DISK = 1 << STORAGE_ACK_DISK,
    STORAGE_CAN_ACK_REPLICATED = 1 << STORAGE_ACK_REPLICATED,
    STORAGE_CAN_ATOMIC_BATCH = 1 << 4,   /* a request is written whole or not at all, over all its partitions */
    STORAGE_CAN_OFFSET_CAS = 1 << 5,     /* `expected` of a commit */
    STORAGE_CAN_OFFSET_BY_TIME = 1 << 6, /* first offset at or after a time */
    STORAGE_CAN_SURVIVE_RESTART = 1 << 7,
    STORAGE_CAN_CONTIGUOUS = 1 << 8,       /* the records of a request stand side by side in each partition */
    STORAGE_CAN_DENSE = 1 << 9,            /* offsets have no holes while nothing is lost or compacted */
    STORAGE_CAN_COUNT_BYTES = 1 << 10,     /* how many bytes a partition has */
    STORAGE_CAN_DURABLE_DEDUPE = 1 << 11,  /* no engine yet, as the next two: repeats are known, also after a crash */
    STORAGE_CAN_EXPECTED_OFFSET = 1 << 12, /* an append only where the partition's next offset is the expected one */
    STORAGE_CAN_COMPACTION = 1 << 13,      /* STORAGE_CLEANUP_COMPACT */
};

bool storage_can_ack(uint32_t capabilities, enum storage_ack ack);
enum storage_ack storage_strongest_ack(uint32_t capabilities); /* of which one can be given */

enum { STORAGE_FOR_EVER = -1 }; /* no retention */

struct storage_settings {
    uint32_t partitions;
    uint32_t max_event_bytes;
    enum storage_ack ack;
    enum storage_cleanup_policy cleanup_policy;
    int64_t dedupe_ms;
    int64_t retention_ms;                                /* or STORAGE_FOR_EVER */
    int64_t retention_bytes;                             /* or STORAGE_FOR_EVER */
    bool has_key_pointer;                                /* "" is a pointer too: the whole value */
    char key_pointer[STORAGE_KEY_POINTER_BYTES_MAX + 1]; /* RFC 6901 */
};

/* One bit a setting. */
enum storage_setting {
    STORAGE_SETTING_PARTITIONS = 1 << 0,
    STORAGE_SETTING_MAX_EVENT_BYTES = 1 << 1,
    STORAGE_SETTING_ACK = 1 << 2,
    STORAGE_SETTING_CLEANUP_POLICY = 1 << 3,
    STORAGE_SETTING_DEDUPE_MS = 1 << 4,
    STORAGE_SETTING_RETENTION_MS = 1 << 5,
    STORAGE_SETTING_RETENTION_BYTES = 1 << 6,
    STORAGE_SETTING_KEY_POINTER = 1 << 7,
};

/* Takes those settings of `from` that have a bit in `which`. */
void storage_settings_take(struct storage_settings *settings, const struct storage_settings *from, unsigned which);

/* Those of `which` that are not the same in both. */
unsigned storage_settings_differing(const struct storage_settings *a, const struct storage_settings *b, unsigned which);

/* A topic as it stands at one moment: immutable, shared and counted. A change makes a new one. */
struct storage_topic {
    atomic_uint references;
    uint64_t id;              /* random; new for every creation, never 0 */
    uint64_t created_version; /* the catalogue's version that it came with */
    int64_t created_at_ms;
    uint32_t capabilities; /* of enum storage_capability */
    struct storage_settings settings;
    char name[STORAGE_TOPIC_NAME_BYTES_MAX + 1];
    uint64_t partition_versions[]; /* settings.partitions of them: the catalogue's version each came with */
};

/* A new topic with one reference, whose id, times, versions and capabilities are zero; NULL when there is no memory. Any
 * thread, as the next two. */
struct storage_topic *storage_topic_new(const char *name, const struct storage_settings *settings);
struct storage_topic *storage_topic_ref(const struct storage_topic *topic);
void storage_topic_unref(const struct storage_topic *topic); /* NULL is fine */

/* autotopic struct storage_topic *topic = …;  given back on every path out of the block. */
#define autotopic __attribute__((cleanup(storage_topic_unref_local)))
static inline void storage_topic_unref_local(struct storage_topic **topic) { storage_topic_unref(*topic); }

/* ---- operations ------------------------------------------------------------------------------------------------- */

struct storage_op {
    void (*done)(void *context);       /* called exactly once, any thread */
    void *context;                     /* the caller's */
    int64_t deadline_ms;               /* clock_monotonic_ms; 0: none */
    enum status status;                /* out */
    char detail[STORAGE_DETAIL_BYTES]; /* out: of a failure, for people; may be empty */
};

struct storage_header {
    struct bytes name;
    struct bytes value;
};

enum { STORAGE_TIME_NONE = -1 }; /* times are never negative */

struct storage_record {
    uint64_t offset; /* out */
    uint32_t partition;
    int64_t timestamp_ms;   /* the client's, or STORAGE_TIME_NONE: then it is read back as received_at_ms */
    int64_t received_at_ms; /* out: set on commit, never goes back within a partition */
    struct bytes key;       /* none, or bytes (an empty key is a key) */
    struct bytes id;        /* none, or bytes */
    struct bytes value;
    const struct storage_header *headers;
    size_t header_count;
};

/* The bytes of a record that are its client's: of key, id, headers and value. What a reader's byte_limit counts. */
static inline size_t storage_record_bytes(const struct storage_record *record) {
    size_t bytes = record->key.size + record->id.size + record->value.size;
    for (size_t i = 0; i < record->header_count; i++)
        bytes += record->headers[i].name.size + record->headers[i].value.size;
    return bytes;
}

/* A run: where records of one request stand side by side in a partition. */
struct storage_extent {
    uint32_t partition;
    uint32_t count;
    uint64_t first_offset;
};

/* Appends records, all or none. STATUS_OK: written as `ret_ack` says. STATUS_WRITE_UNKNOWN: perhaps. Any other:
 * certainly not. With STORAGE_ACK_NONE, `done` comes as soon as the engine has taken the records, and there are no
 * extents. The records of a partition keep the order of the request; others may lie between them, or holes, where the
 * topic lacks STORAGE_CAN_CONTIGUOUS: then it has several runs. */
struct storage_append {
    struct storage_op op;
    uint64_t topic_id;
    const struct storage_record *records; /* already assigned to partitions; at least one */
    size_t record_count;
    enum storage_ack ack;
    struct storage_extent *extents; /* the caller's, with room for storage_extents_max; valid until done */
    size_t ret_extent_count;        /* in the order of partitions, and of offsets in each */
    enum storage_ack ret_ack;
};

/* The most runs that so many records of a request can have. */
size_t storage_extents_max(const struct storage_topic *topic, size_t record_count);

/* Records of one partition in offset order, from the first offset at or after `offset`.
 * STATUS_OFFSET_GONE, STATUS_OFFSET_BEYOND: ret_first and ret_head are set all the same. */
struct storage_read {
    struct storage_op op;
    uint64_t topic_id;
    uint32_t partition;
    uint64_t offset;
    size_t record_limit;            /* at least 1 */
    size_t byte_limit;              /* of storage_record_bytes; the first record comes whole, however large */
    struct storage_record *records; /* out, from here on; in `memory` */
    size_t record_count;
    uint64_t ret_next;   /* where to go on: behind the last record, or behind a hole */
    uint64_t ret_first;  /* the partition's first offset */
    uint64_t ret_head;   /* the partition's next offset, as of this read */
    struct arena memory; /* zeroed, or with a budget */
};
void storage_read_finish(struct storage_read *read);

#define STORAGE_BYTES_UNKNOWN UINT64_MAX

/* One partition whose bounds are asked for, and what they are. */
struct storage_partition_bounds {
    uint64_t topic_id;
    uint32_t partition;
    enum status ret_status; /* STATUS_OK, STATUS_TOPIC_NOT_FOUND, STATUS_PARTITION_NOT_FOUND: of this one alone */
    uint64_t first_offset;  /* out, as the next two, with STATUS_OK */
    uint64_t next_offset;
    uint64_t bytes; /* as stored, before the engine's compression; or STORAGE_BYTES_UNKNOWN */
};

/* The bounds of any partitions of any topics, in one operation: an engine may need a round trip for it. It is quickest
 * where partitions of one topic stand side by side. With STATUS_OK each partition has a status of its own. */
struct storage_bounds {
    struct storage_op op;
    struct storage_partition_bounds *partitions; /* the caller's, valid until done; may be none */
    size_t count;
};

/* Puts the first `count` partitions of a topic into what storage_bounds asks for. */
void storage_bounds_ask(struct storage_partition_bounds *partitions, uint64_t topic_id, uint32_t count);

struct storage_partition_time {
    uint64_t topic_id;
    uint32_t partition;
    enum status ret_status; /* as of bounds */
    uint64_t ret_offset;    /* with STATUS_OK */
};

/* The first offset whose received_at is at or after time_ms, in each of many partitions; the next offset when there is
 * none. As bounds, otherwise. */
struct storage_offset_at_time {
    struct storage_op op;
    int64_t time_ms;
    struct storage_partition_time *partitions; /* the caller's, valid until done; may be none */
    size_t count;
};

/* Creates a topic, durable before done. STATUS_TOPIC_EXISTS when the name is taken (ret_topic is then the one that is
 * there). `ret_topic` is a reference of the caller's when it is not NULL. The catalogue hook is called before done. */
struct storage_topic_create {
    struct storage_op op;
    const char *name;
    const struct storage_settings *settings;
    struct storage_topic *ret_topic;
};

/* Changes some settings of a topic and leaves the others as they are then; partitions may grow. The catalogue's version
 * rises when partitions come with it. The catalogue hook is called before done. */
struct storage_topic_alter {
    struct storage_op op;
    uint64_t topic_id;
    const struct storage_settings *settings;
    unsigned which; /* of enum storage_setting: those to change */
    struct storage_topic *ret_topic;
};

/* Deletes a topic, its events and what groups committed for it. The catalogue hook is called before done. */
struct storage_topic_delete {
    struct storage_op op;
    uint64_t topic_id;
};

struct storage_commit {
    uint64_t topic_id;
    uint32_t partition;
    uint64_t offset; /* the next one to read; beyond the partition's next: STATUS_OFFSET_BEYOND */
    bool has_expected;
    uint64_t expected;     /* else STATUS_OFFSET_MISMATCH; nothing stored counts as no match */
    struct bytes metadata; /* none, or text; longer than STORAGE_METADATA_BYTES_MAX: STATUS_INVALID */
};

/* Commits offsets of a group, all or none, durable before done. STATUS_GROUP_ACTIVE: members that the engine knows and
 * the gateway does not hold them. */
struct storage_offsets_commit {
    struct storage_op op;
    const char *group;
    const struct storage_commit *commits; /* at least one; a partition at most once */
    size_t commit_count;
    size_t ret_failed;     /* index of the commit that was refused */
    bool ret_stored_known; /* of a mismatch: whether anything is stored, */
    uint64_t ret_stored;   /* and what; of BEYOND: the next offset */
};

struct storage_committed {
    uint64_t topic_id;
    uint32_t partition;
    uint64_t offset;
    int64_t committed_at_ms; /* or STORAGE_TIME_NONE: not known */
    struct bytes metadata;
};

/* What a group has committed, ordered by topic id and partition. STATUS_GROUP_NOT_FOUND when that is nothing. */
struct storage_offsets_fetch {
    struct storage_op op;
    const char *group;
    struct storage_committed *committed; /* out; in `memory` */
    size_t count;
    struct arena memory;
};
void storage_offsets_fetch_finish(struct storage_offsets_fetch *fetch);

/* Names of groups with that prefix, in byte order, behind `after` (or NULL). */
struct storage_groups_list {
    struct storage_op op;
    const char *prefix; /* "" for all */
    const char *after;
    size_t limit; /* at least 1 */
    char **names; /* out; in `memory` */
    size_t count;
    bool ret_more;
    struct arena memory;
};
void storage_groups_list_finish(struct storage_groups_list *list);

/* Forgets what a group has committed: of one topic, or of all with topic_id 0. STATUS_GROUP_NOT_FOUND when that is
 * nothing; STATUS_GROUP_ACTIVE as of a commit. */
struct storage_group_delete {
    struct storage_op op;
    const char *group;
    uint64_t topic_id;
};

/* ---- the engine ------------------------------------------------------------------------------------------------- */

/* What the engine tells, from any thread, and never while it holds a lock that an operation waits for. The callee must
 * not block and must not start operations of its own from here. */
struct storage_hooks {
    void *context;
    /* A topic is there (new, changed, or found when opening), or is gone. `version` is the catalogue's, which rises
     * with every creation and growth. Calls come in the order of the changes, at any time: others may have made them, of
     * whom no operation here knows. While opening, every topic is told once, and then once `topic == NULL` with the
     * version. The callee takes references of its own. */
    void (*on_topic)(void *context, const struct storage_topic *topic, bool gone, uint64_t version);
    /* Records up to next_offset may be read in a partition that is watched. The first call may tell of a head that was
     * there before. */
    void (*on_change)(void *context, uint64_t topic_id, uint32_t partition, uint64_t next_offset);
};

/* What an engine has done since it was opened, and what it holds now. */
struct storage_stats {
    /* Writes of events until readers may see them. One may carry many requests, and groups' offsets beside them. */
    struct histogram_values commits;
    /* Writes of anything that ended with an fsync, as far as the disk has part in them. */
    struct histogram_values fsyncs;
    uint64_t queued_bytes; /* of requests that wait to be written, or are being written */
};

struct storage {
    const struct storage_ops *ops;
    uint32_t capabilities; /* those that a topic may have */
};

struct storage_ops {
    void (*append)(struct storage *storage, struct storage_append *append);
    void (*read)(struct storage *storage, struct storage_read *read);
    void (*bounds)(struct storage *storage, struct storage_bounds *bounds);
    void (*offset_at_time)(struct storage *storage, struct storage_offset_at_time *find);
    void (*topic_create)(struct storage *storage, struct storage_topic_create *create);
    void (*topic_alter)(struct storage *storage, struct storage_topic_alter *alter);
    void (*topic_delete)(struct storage *storage, struct storage_topic_delete *delete);
    void (*offsets_commit)(struct storage *storage, struct storage_offsets_commit *commit);
    void (*offsets_fetch)(struct storage *storage, struct storage_offsets_fetch *fetch);
    void (*groups_list)(struct storage *storage, struct storage_groups_list *list);
    void (*group_delete)(struct storage *storage, struct storage_group_delete *delete);

    /* Calls on_change for a partition until as many unwatch calls have come. Fails with STATUS_TOPIC_NOT_FOUND or
     * STATUS_PARTITION_NOT_FOUND, as the catalogue has it. What was committed before watching begins is not told: look at
     * the bounds after this call. Where watching begins later than that, on_change is called with the head as of then;
     * it may come before the call returns. */
    enum status (*watch)(struct storage *storage, uint64_t topic_id, uint32_t partition);
    void (*unwatch)(struct storage *storage, uint64_t topic_id, uint32_t partition);

    /* STATUS_OK when a write would be taken now; else why not. Cheap enough for a probe every second; any thread. */
    enum status (*health)(struct storage *storage, char *ret_detail, size_t detail_bytes);

    /* The engine's own counters. Cheap enough for a probe every second; any thread. */
    void (*stats)(struct storage *storage, struct storage_stats *ret_stats);

    /* Refuses new operations with STATUS_CLOSING (also those that a `done` starts), finishes those that wait, makes
     * everything durable, and frees. It returns when every `done` and every hook has returned. NULL is fine. */
    void (*close)(struct storage *storage);
};

/* For engines, which begin with them: nothing has come out yet, whatever the struct held before. */
void storage_read_init(struct storage_read *read);
void storage_offsets_fetch_init(struct storage_offsets_fetch *fetch);
void storage_groups_list_init(struct storage_groups_list *list);

/* Sets the outcome and calls done. For engines. `format` may be NULL: no detail. */
void storage_op_done(struct storage_op *op, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "none", "os", "disk", "replicated"; static. */
const char *storage_ack_name(enum storage_ack ack);

#endif
