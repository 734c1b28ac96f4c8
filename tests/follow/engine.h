/* A storage engine for schedules: everything that happens comes out of one seed. It answers an operation at once or when the
 * schedule lets it; and at each step, before an answer is made and after, while partitions are watched and after, others may
 * commit events, make topics, let them grow and delete them, and the disk may fail. One thread. */
#ifndef TAILRACE_TESTS_FOLLOW_ENGINE_H
#define TAILRACE_TESTS_FOLLOW_ENGINE_H

#include "gateway/gateway.h"
#include "gateway/read/waiters.h"

enum {
    ENGINE_TOPICS = 12, /* topics that a schedule can make */
    ENGINE_PARTITIONS = 3,
    ENGINE_EVENTS = 60, /* that a partition can have */
    ENGINE_PENDING = 16,
};

#define ENGINE_KEY BYTES_LITERAL("mine") /* of the events that have a bit in topic.mine */

/* A topic. One that is deleted keeps its place. */
struct engine_topic {
    struct storage_topic *description;
    bool alive;
    unsigned watched[ENGINE_PARTITIONS];
    uint64_t next_offset[ENGINE_PARTITIONS];
    uint64_t mine[ENGINE_PARTITIONS];
};

struct engine;

struct pending {
    struct storage_op *op;
    void (*answer)(struct engine *engine, void *operation);
};

struct engine {
    struct storage storage;
    struct gateway gateway;
    uint64_t random;
    uint64_t version;
    struct engine_topic topics[ENGINE_TOPICS];
    size_t topic_count;
    struct pending pending[ENGINE_PENDING];
    size_t pending_count;
    bool quiet; /* nothing happens any more, and nothing fails */
    bool busy;  /* something is happening: nothing else does within it */
};

void engine_begin(struct engine *engine, uint64_t seed);
void engine_end(struct engine *engine); /* nothing waits any more */

/* A number below `count`. */
uint32_t engine_draw(struct engine *engine, uint32_t count);

/* Something happens, one time in `rarely`. */
void engine_happen(struct engine *engine, uint32_t rarely);

/* Answers one of the operations that wait. False: there is none. */
bool engine_answer(struct engine *engine);

struct engine_topic *engine_find(struct engine *engine, uint64_t topic_id);

#endif
