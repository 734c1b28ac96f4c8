/* The tail cache: runs in a hash table by partition, newest first, and in one list by age. */
#include "gateway/read/tail.h"

#include "base/memory.h"
#include "base/references.h"

#include <pthread.h>

enum {
    BUCKETS = 1024,
    RUN_BYTES_MAX = 1024 * 1024, /* a larger one is history rather than tail */
};

struct tail_run {
    atomic_uint references;
    uint64_t topic_id;
    uint32_t partition;
    uint64_t first_offset;
    uint64_t next_offset;
    struct storage_record *records; /* in `memory`, with all that they point to */
    size_t record_count;
    struct arena memory;
    size_t bytes;
    struct tail_run *next; /* of its bucket, newest first; guarded by the tail's lock, as the next one */
    struct tail_run *newer;
};

struct tail {
    pthread_mutex_t lock;
    struct tail_run *buckets[BUCKETS]; /* guarded by lock, as all that follows */
    struct tail_run *newest;
    struct tail_run *oldest;
    size_t bytes;
    size_t bytes_max;
};

struct tail *tail_create(size_t bytes_max) {
    struct tail *tail = mem_zero(1, sizeof *tail);
    if (tail == NULL)
        return NULL;
    pthread_mutex_init(&tail->lock, NULL);
    tail->bytes_max = bytes_max;
    return tail;
}

void tail_run_unref(struct tail_run *run) {
    if (run == NULL || !references_drop(&run->references))
        return;
    arena_finish(&run->memory);
    mem_free(run);
}

static struct tail_run **bucket(struct tail *tail, uint64_t topic_id, uint32_t partition) {
    return &tail->buckets[(topic_id ^ partition * UINT64_C(0x9e3779b97f4a7c15)) % BUCKETS];
}

static void evict_oldest(struct tail *tail) {
    struct tail_run *run = tail->oldest;
    struct tail_run **at = bucket(tail, run->topic_id, run->partition);
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;

    tail->oldest = run->newer;
    if (tail->oldest == NULL)
        tail->newest = NULL;
    tail->bytes -= run->bytes;
    tail_run_unref(run);
}

void tail_destroy(struct tail *tail) {
    if (tail == NULL)
        return;
    while (tail->oldest != NULL)
        evict_oldest(tail);
    pthread_mutex_destroy(&tail->lock);
    mem_free(tail);
}

static size_t memory_of(const struct storage_record *record) {
    return sizeof *record + record->header_count * sizeof record->headers[0] + storage_record_bytes(record);
}

static struct tail_run *find(struct tail *tail, const struct storage_read *read, uint64_t offset) {
    for (struct tail_run *run = *bucket(tail, read->topic_id, read->partition); run != NULL; run = run->next)
        if (run->topic_id == read->topic_id && run->partition == read->partition && run->first_offset <= offset &&
            offset < run->next_offset)
            return run;
    return NULL;
}

/* Two readers may bring the same records: the second is not kept. Nor is what the budget refuses: runs that readers still
 * use when they are evicted count until the last of them has gone. */
static bool insert(struct tail *tail, struct tail_run *run, const struct storage_read *read) {
    pthread_mutex_lock(&tail->lock);
    bool fresh = find(tail, read, run->next_offset - 1) == NULL;
    while (fresh && tail->oldest != NULL && run->bytes > tail->bytes_max - tail->bytes)
        evict_oldest(tail);
    fresh = fresh && arena_recharge(&run->memory, BUDGET_TAIL);
    if (fresh) {
        struct tail_run **head = bucket(tail, run->topic_id, run->partition);
        run->next = *head;
        *head = run;

        struct tail_run **behind = tail->newest != NULL ? &tail->newest->newer : &tail->oldest;
        *behind = run;
        tail->newest = run;

        tail->bytes += run->bytes;
    }
    pthread_mutex_unlock(&tail->lock);
    return fresh;
}

static struct storage_record *copy_records(struct arena *memory, const struct storage_record *records, size_t count) {
    struct storage_record *copy = arena_array(memory, count, sizeof *copy);
    if (copy != NULL)
        memcpy(copy, records, count * sizeof *copy);
    return copy;
}

struct tail_run *tail_keep(struct tail *tail, struct storage_read *read) {
    size_t bytes = sizeof(struct tail_run);
    for (size_t i = 0; i < read->record_count; i++)
        bytes += memory_of(&read->records[i]);
    if (bytes < read->memory.share.bytes)
        bytes = read->memory.share.bytes;
    if (read->record_count == 0 || bytes > RUN_BYTES_MAX || bytes > tail->bytes_max)
        return NULL;

    struct tail_run *run = mem_zero(1, sizeof *run);
    struct arena memory = { 0 };
    struct storage_record *copy = run != NULL ? copy_records(&memory, read->records, read->record_count) : NULL;
    if (copy == NULL) {
        mem_free(run);
        return NULL;
    }

    atomic_init(&run->references, 2); /* the cache's, and the caller's */
    run->topic_id = read->topic_id;
    run->partition = read->partition;
    run->first_offset = read->offset;
    run->next_offset = read->ret_next;
    run->records = read->records;
    run->record_count = read->record_count;
    run->memory = read->memory;
    run->bytes = bytes;

    if (!insert(tail, run, read)) {
        mem_free(run); /* its memory is still the read's */
        arena_finish(&memory);
        return NULL;
    }
    read->memory = memory;
    read->records = copy;
    return run;
}

/* The records of a run from the offset on that fit into the limits; the first always does. False: no memory. */
static bool copy_fitting(struct storage_read *read, const struct tail_run *run) {
    size_t begin = 0;
    while (begin < run->record_count && run->records[begin].offset < read->offset)
        begin++;

    size_t end = begin;
    size_t bytes = 0;
    for (; end < run->record_count && end - begin < read->record_limit; end++) {
        size_t more = storage_record_bytes(&run->records[end]);
        if (end > begin && (bytes > read->byte_limit || more > read->byte_limit - bytes))
            break;
        bytes += more;
    }

    struct storage_record *records = copy_records(&read->memory, run->records + begin, end - begin);
    if (records == NULL)
        return false;
    read->records = records;
    read->record_count = end - begin;
    read->ret_next = end < run->record_count ? run->records[end].offset : run->next_offset;
    return true;
}

bool tail_read(struct tail *tail, struct storage_read *read, struct tail_run **ret_run) {
    pthread_mutex_lock(&tail->lock);
    struct tail_run *run = find(tail, read, read->offset);
    if (run != NULL)
        references_add(&run->references);
    pthread_mutex_unlock(&tail->lock);
    if (run == NULL)
        return false;

    read->memory = (struct arena){ 0 };
    if (!copy_fitting(read, run)) {
        tail_run_unref(run);
        return false;
    }
    *ret_run = run;
    return true;
}
