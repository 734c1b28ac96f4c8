/* Topics in memory, and what happens to them. */
#include "tests/follow/engine.h"

#include "gateway/read/hooks.h"
#include "gateway/read/polls.h"
#include "gateway/read/tail.h"
#include "gateway/topics.h"

#include <stdio.h>
#include <stdlib.h>

enum { RARELY = 4, TAIL_BYTES = 1 << 16 };

static struct engine *engine_of(struct storage *storage) { return (struct engine *)storage; }

uint32_t engine_draw(struct engine *engine, uint32_t count) {
    engine->random = engine->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's MMIX */
    return (uint32_t)(engine->random >> 33) % count;
}

struct engine_topic *engine_find(struct engine *engine, uint64_t topic_id) {
    for (size_t i = 0; i < engine->topic_count; i++)
        if (engine->topics[i].description->id == topic_id)
            return &engine->topics[i];
    abort(); /* nobody can know of it */
}

/* ---- what happens ---- */

static struct engine_topic *draw_living(struct engine *engine) {
    struct engine_topic *topic = engine->topic_count > 0
                                     ? &engine->topics[engine_draw(engine, (uint32_t)engine->topic_count)]
                                     : NULL;
    return topic != NULL && topic->alive ? topic : NULL;
}

static void commit(struct engine *engine) {
    struct engine_topic *topic = draw_living(engine);
    if (topic == NULL)
        return;
    uint32_t partition = engine_draw(engine, topic->description->settings.partitions);
    uint64_t offset = topic->next_offset[partition];
    if (offset == ENGINE_EVENTS)
        return;
    topic->mine[partition] |= engine_draw(engine, 3) == 0 ? UINT64_C(1) << offset : 0;
    topic->next_offset[partition] = offset + 1;
    struct storage_hooks hooks = gateway_hooks(&engine->gateway);
    if (topic->watched[partition] > 0)
        hooks.on_change(hooks.context, topic->description->id, partition, offset + 1);
}

static void tell(struct engine *engine, const struct engine_topic *topic) {
    struct storage_hooks hooks = gateway_hooks(&engine->gateway);
    hooks.on_topic(hooks.context, topic->description, !topic->alive, engine->version);
}

static void create(struct engine *engine) {
    char name[3] = { (char)('a' + (int)engine_draw(engine, 2)), (char)('1' + (int)engine_draw(engine, 2)), '\0' };
    for (size_t i = 0; i < engine->topic_count; i++)
        if (engine->topics[i].alive && strcmp(engine->topics[i].description->name, name) == 0)
            return;
    if (engine->topic_count == ENGINE_TOPICS)
        return;
    struct storage_settings settings = { .partitions = 1 + engine_draw(engine, 2) };
    struct storage_topic *made = storage_topic_new(name, &settings);
    if (made == NULL)
        abort();
    made->id = 1000 - engine->topic_count; /* falling: cursors have them in another order */
    made->created_version = ++engine->version;
    for (uint32_t i = 0; i < settings.partitions; i++)
        made->partition_versions[i] = engine->version;
    engine->topics[engine->topic_count] = (struct engine_topic){ .description = made, .alive = true };
    tell(engine, &engine->topics[engine->topic_count++]);
}

static void grow(struct engine *engine) {
    struct engine_topic *topic = draw_living(engine);
    if (topic == NULL || topic->description->settings.partitions == ENGINE_PARTITIONS)
        return;
    struct storage_topic *old = topic->description;
    struct storage_settings settings = old->settings;
    uint32_t grown = settings.partitions++;
    struct storage_topic *made = storage_topic_new(old->name, &settings);
    if (made == NULL)
        abort();
    made->id = old->id;
    made->created_version = old->created_version;
    memcpy(made->partition_versions, old->partition_versions, grown * sizeof old->partition_versions[0]);
    made->partition_versions[grown] = ++engine->version;
    topic->description = made;
    storage_topic_unref(old);
    tell(engine, topic);
}

static void drop(struct engine *engine) {
    struct engine_topic *topic = draw_living(engine);
    if (topic == NULL)
        return;
    topic->alive = false;
    tell(engine, topic);
}

void engine_happen(struct engine *engine, uint32_t rarely) {
    if (engine->quiet || engine->busy)
        return;
    engine->busy = true;
    for (unsigned more = 3; more > 0 && engine_draw(engine, rarely) == 0; more--) {
        uint32_t what = engine_draw(engine, 20);
        if (what < 14)
            commit(engine);
        else if (what < 17)
            create(engine);
        else if (what < 19)
            grow(engine);
        else
            drop(engine);
    }
    engine->busy = false;
}

/* ---- operations ---- */

static void end(struct engine *engine, struct storage_op *op, enum status status) {
    engine_happen(engine, RARELY);
    storage_op_done(op, status, NULL);
}

static bool fails(struct engine *engine) { return !engine->quiet && engine_draw(engine, 25) == 0; }

static void answer_bounds(struct engine *engine, void *operation) {
    struct storage_bounds *bounds = operation;
    for (size_t i = 0; i < bounds->count; i++) {
        struct storage_partition_bounds *asked = &bounds->partitions[i];
        const struct engine_topic *topic = engine_find(engine, asked->topic_id);
        asked->ret_status = topic->alive ? STATUS_OK : STATUS_TOPIC_NOT_FOUND;
        asked->first_offset = 0;
        asked->next_offset = topic->next_offset[asked->partition];
    }
    end(engine, &bounds->op, fails(engine) ? STATUS_IO : STATUS_OK);
}

static void make_records(struct engine *engine, const struct engine_topic *topic, struct storage_read *read) {
    read->ret_head = topic->next_offset[read->partition];
    size_t count = (size_t)(read->ret_head - read->offset);
    count = count < read->record_limit ? count : read->record_limit;
    if (count > 1)
        count = 1 + engine_draw(engine, (uint32_t)count); /* as at the end of a block */
    read->records = arena_array(&read->memory, count + 1, sizeof *read->records);
    if (read->records == NULL)
        abort();
    for (; read->record_count < count; read->record_count++) {
        uint64_t offset = read->offset + read->record_count;
        bool mine = (topic->mine[read->partition] >> offset & 1) != 0;
        read->records[read->record_count] = (struct storage_record){ .offset = offset,
                                                                     .partition = read->partition,
                                                                     .key = mine ? ENGINE_KEY : BYTES_LITERAL("other"),
                                                                     .value = BYTES_LITERAL("1") };
    }
    read->ret_next = read->offset + count;
}

static void answer_read(struct engine *engine, void *operation) {
    struct storage_read *read = operation;
    const struct engine_topic *topic = engine_find(engine, read->topic_id);
    enum status status = !topic->alive ? STATUS_TOPIC_NOT_FOUND : fails(engine) ? STATUS_IO : STATUS_OK;
    if (status == STATUS_OK)
        make_records(engine, topic, read);
    end(engine, &read->op, status);
}

/* At once, or later. */
static void start(struct engine *engine, struct storage_op *op,
                  void (*answer)(struct engine *engine, void *operation)) {
    engine_happen(engine, RARELY);
    if (engine_draw(engine, 2) == 0 || engine->pending_count == ENGINE_PENDING)
        answer(engine, op);
    else
        engine->pending[engine->pending_count++] = (struct pending){ op, answer };
}

static void bounds(struct storage *storage, struct storage_bounds *operation) {
    start(engine_of(storage), &operation->op, answer_bounds);
}

static void read(struct storage *storage, struct storage_read *operation) {
    storage_read_init(operation);
    start(engine_of(storage), &operation->op, answer_read);
}

static enum status watch(struct storage *storage, uint64_t topic_id, uint32_t partition) {
    engine_happen(engine_of(storage), RARELY);
    struct engine_topic *topic = engine_find(engine_of(storage), topic_id);
    if (!topic->alive)
        return STATUS_TOPIC_NOT_FOUND;
    topic->watched[partition]++;
    engine_happen(engine_of(storage), RARELY);
    return STATUS_OK;
}

static void unwatch(struct storage *storage, uint64_t topic_id, uint32_t partition) {
    struct engine_topic *topic = engine_find(engine_of(storage), topic_id);
    if (!topic->alive)
        return; /* its watches went with it */
    if (topic->watched[partition] == 0)
        abort(); /* nobody watches it */
    topic->watched[partition]--;
    engine_happen(engine_of(storage), RARELY);
}

bool engine_answer(struct engine *engine) {
    if (engine->pending_count == 0)
        return false;
    size_t which = engine_draw(engine, (uint32_t)engine->pending_count);
    struct pending pending = engine->pending[which];
    engine->pending[which] = engine->pending[--engine->pending_count];
    pending.answer(engine, pending.op);
    return true;
}

/* ---- life ---- */

static const struct storage_ops OPS = { .bounds = bounds, .read = read, .watch = watch, .unwatch = unwatch };

void engine_begin(struct engine *engine, uint64_t seed) {
    *engine = (struct engine){ .storage = { .ops = &OPS }, .random = seed };
    struct gateway *gateway = &engine->gateway;
    gateway->storage = &engine->storage;
    gateway->tail = tail_create(TAIL_BYTES);
    if (gateway->tail == NULL || topics_create(&gateway->topics) != STATUS_OK ||
        waiters_create(&gateway->waiters) != STATUS_OK || polls_create(gateway, &gateway->polls) != STATUS_OK)
        abort();
    waiters_attach(gateway->waiters, &engine->storage);
}

void engine_end(struct engine *engine) {
    polls_destroy(engine->gateway.polls);
    waiters_destroy(engine->gateway.waiters);
    topics_destroy(engine->gateway.topics);
    tail_destroy(engine->gateway.tail);
    for (size_t i = 0; i < engine->topic_count; i++) {
        for (size_t p = 0; p < ENGINE_PARTITIONS; p++)
            if (engine->topics[i].alive && engine->topics[i].watched[p] > 0)
                abort(); /* watched for nobody */
        storage_topic_unref(engine->topics[i].description);
    }
}
