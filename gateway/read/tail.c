/* The tail cache: each partition has its runs in a ring, in the order of their offsets, so that one is found by halving; all of
 * them stand in one list by age. */
#include "gateway/read/tail.h"

#include "base/memory.h"
#include "base/references.h"

#include <assert.h>
#include <pthread.h>

enum {
    BUCKETS = 1024,
    RUN_BYTES_MAX = 1024 * 1024, /* a larger one is history rather than tail */
    RING_FIRST = 8,
};

struct tail_run {
    atomic_uint references;
    struct tail_partition *owner; /* while it is in the cache */
    uint64_t first_offset;
    uint64_t next_offset;
    struct storage_record *records; /* in `memory`, with all that they point to */
    size_t record_count;
    struct arena memory;
    size_t bytes;
    struct tail_run *newer; /* by age; guarded by the tail's lock */
};

/* A partition that has runs. They do not overlap; there may be gaps between them. */
struct tail_partition {
    struct tail_partition *next; /* in its bucket */
    uint64_t topic_id;
    uint32_t partition;
    struct tail_run **ring; /* rising offsets from `first` on, modulo the capacity */
    size_t capacity;        /* a power of two */
    size_t first;
    size_t count;
};

struct tail {
    pthread_mutex_t lock;
    struct tail_partition *buckets[BUCKETS]; /* guarded by lock, as all that follows */
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

/* ---- the ring of a partition ---- */

static struct tail_run **at(const struct tail_partition *partition, size_t index) {
    return &partition->ring[(partition->first + index) & (partition->capacity - 1)];
}

/* How many runs end at or before an offset: the next one has it, or begins behind it. */
static size_t place_of(const struct tail_partition *partition, uint64_t offset) {
    size_t low = 0;
    size_t high = partition->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((*at(partition, middle))->next_offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_room(struct tail_partition *partition) {
    if (partition->count < partition->capacity)
        return true;
    size_t capacity = partition->capacity > 0 ? 2 * partition->capacity : RING_FIRST;
    struct tail_run **ring = mem_zero(capacity, sizeof *ring);
    if (ring == NULL)
        return false;
    for (size_t i = 0; i < partition->count; i++)
        ring[i] = *at(partition, i);
    mem_free(partition->ring);
    partition->ring = ring;
    partition->capacity = capacity;
    partition->first = 0;
    return true;
}

/* At the end almost always: others come from readers that are behind. */
static void put_at(struct tail_partition *partition, size_t place, struct tail_run *run) {
    for (size_t i = partition->count++; i > place; i--)
        *at(partition, i) = *at(partition, i - 1);
    *at(partition, place) = run;
}

/* The first almost always. */
static void take_at(struct tail_partition *partition, size_t place) {
    for (size_t i = place; i > 0; i--)
        *at(partition, i) = *at(partition, i - 1);
    partition->first = (partition->first + 1) & (partition->capacity - 1);
    partition->count--;
}

/* ---- partitions ---- */

/* What points to it, or to NULL where it would be. */
static struct tail_partition **find_partition(struct tail *tail, uint64_t topic_id, uint32_t partition) {
    struct tail_partition **link = &tail->buckets[(topic_id ^ partition * UINT64_C(0x9e3779b97f4a7c15)) % BUCKETS];
    while (*link != NULL && ((*link)->topic_id != topic_id || (*link)->partition != partition))
        link = &(*link)->next;
    return link;
}

static void close_if_empty(struct tail *tail, struct tail_partition *partition) {
    if (partition->count > 0)
        return;
    struct tail_partition **link = find_partition(tail, partition->topic_id, partition->partition);
    assert(*link == partition);
    *link = partition->next;
    mem_free(partition->ring);
    mem_free(partition);
}

/* With room for one run more; NULL: no memory. */
static struct tail_partition *open_partition(struct tail *tail, const struct storage_read *read) {
    struct tail_partition **link = find_partition(tail, read->topic_id, read->partition);
    if (*link == NULL)
        *link = mem_zero(1, sizeof **link);
    struct tail_partition *partition = *link;
    if (partition == NULL)
        return NULL;
    partition->topic_id = read->topic_id;
    partition->partition = read->partition;
    if (make_room(partition))
        return partition;
    close_if_empty(tail, partition);
    return NULL;
}

/* ---- runs ---- */

static void evict_oldest(struct tail *tail) {
    struct tail_run *run = tail->oldest;
    struct tail_partition *partition = run->owner;
    size_t place = place_of(partition, run->first_offset);
    assert(*at(partition, place) == run);
    take_at(partition, place);
    close_if_empty(tail, partition);

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

static struct tail_run *find(struct tail *tail, const struct storage_read *read) {
    const struct tail_partition *partition = *find_partition(tail, read->topic_id, read->partition);
    size_t place = partition != NULL ? place_of(partition, read->offset) : 0;
    if (partition == NULL || place == partition->count)
        return NULL;
    struct tail_run *run = *at(partition, place);
    return run->first_offset <= read->offset ? run : NULL;
}

static void put_newest(struct tail *tail, struct tail_run *run) {
    if (tail->newest != NULL)
        tail->newest->newer = run;
    else
        tail->oldest = run;
    tail->newest = run;
    tail->bytes += run->bytes;
}

/* Two readers may bring the same records: the second is not kept, nor is what overlaps. */
static bool has_room(struct tail *tail, const struct storage_read *read) {
    const struct tail_partition *partition = *find_partition(tail, read->topic_id, read->partition);
    size_t place = partition != NULL ? place_of(partition, read->offset) : 0;
    return partition == NULL || place == partition->count || read->ret_next <= (*at(partition, place))->first_offset;
}

/* Nor is what the budget refuses: runs that readers still use when they are evicted count until the last of them has gone. */
static bool insert(struct tail *tail, struct tail_run *run, const struct storage_read *read) {
    pthread_mutex_lock(&tail->lock);
    bool fresh = has_room(tail, read);
    while (fresh && tail->oldest != NULL && run->bytes > tail->bytes_max - tail->bytes)
        evict_oldest(tail);
    struct tail_partition *partition = fresh ? open_partition(tail, read) : NULL;
    fresh = partition != NULL && arena_recharge(&run->memory, BUDGET_TAIL); /* last: it is not taken back */
    if (fresh) {
        put_at(partition, place_of(partition, run->first_offset), run);
        run->owner = partition;
        put_newest(tail, run);
    } else if (partition != NULL) {
        close_if_empty(tail, partition);
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
    struct tail_run *run = find(tail, read);
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
