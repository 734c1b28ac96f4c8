/* The follower, over a hundred thousand schedules: whatever happens between its steps, it gets every event of what it selects
 * once and in order, and nothing is left when nothing happens any more. */
#include "gateway/read/follow.h"
#include "tests/follow/received.h"
#include "tests/follow/schedules.h"

enum { STEPS = 40, SETTLE_STEPS = 4000 };

/* Follows, and keeps what it got. */
struct reader {
    struct engine engine;
    struct follow follow;
    struct bytes patterns[2];
    bool turned;   /* and the turn has not been taken */
    bool stepping; /* between a step and its turn */
    bool drained;  /* nothing more will come */
    struct received received;
    const char *fault; /* what went wrong; NULL: nothing */
};

static void on_turned(void *context) {
    struct reader *reader = context;
    if (reader->turned || !reader->stepping)
        reader->fault = "two turns of one step";
    reader->turned = true;
}

static void keep(struct reader *reader) {
    if (!received_keep(&reader->received, &reader->engine, &reader->follow.page))
        reader->fault = "an event out of order, twice, or after one that is missing";
}

static void step(struct reader *reader) {
    reader->stepping = true;
    enum follow_went went = follow_next(&reader->follow);
    if (went == FOLLOW_WENT_ON)
        return;
    reader->stepping = false;
    reader->drained = went == FOLLOW_WENT_DRAINING;
    if (went == FOLLOW_WENT_NO_MEMORY)
        reader->fault = "no memory";
}

static void take_turn(struct reader *reader) {
    bool moved;
    reader->turned = reader->stepping = false;
    if (follow_turn(&reader->follow) == FOLLOW_PAGE) {
        keep(reader);
        if (!follow_accept(&reader->follow, &moved))
            reader->fault = "no memory";
    }
    engine_happen(&reader->engine, 3);
    step(reader);
}

static const char *const SELECTIONS[][2] = { { "a*", NULL }, { "a1", "b2" }, { "*", NULL }, { "a1", "b*" } };

static void reader_begin(struct reader *reader, uint64_t seed) {
    *reader = (struct reader){ 0 };
    engine_begin(&reader->engine, seed);
    const char *const *names = SELECTIONS[engine_draw(&reader->engine, sizeof SELECTIONS / sizeof SELECTIONS[0])];
    struct page_query *query = &reader->follow.query;
    reader->patterns[0] = bytes_text(names[0]);
    reader->patterns[1] = bytes_text(names[1]);
    *query = (struct page_query){
        .what = { .patterns = reader->patterns, .pattern_count = names[1] != NULL ? 2 : 1, .lenient = true },
        .event_limit = 1 + engine_draw(&reader->engine, 5),
        .byte_limit = 1 << 20,
        .until_ms = STORAGE_TIME_NONE,
        .key = engine_draw(&reader->engine, 2) == 0 ? ENGINE_KEY : BYTES_NONE
    };
    reader->received.mine = bytes_present(query->key);
    reader->follow.turned = on_turned;
    reader->follow.context = reader;
    follow_init(&reader->follow, &reader->engine.gateway);
    engine_happen(&reader->engine, 1);
    step(reader);
}

/* Until nothing is under way. */
static void settle(struct reader *reader) {
    for (unsigned i = 0; i < SETTLE_STEPS && reader->fault == NULL; i++) {
        if (reader->turned)
            take_turn(reader);
        else if (!engine_answer(&reader->engine))
            return;
    }
    if (reader->fault == NULL)
        reader->fault = "it never comes to rest";
}

static const char *run_schedule(uint64_t seed) {
    struct reader reader;
    reader_begin(&reader, seed);
    struct engine *engine = &reader.engine;
    for (unsigned i = 0; i < STEPS && reader.fault == NULL; i++) {
        uint32_t what = engine_draw(engine, 4);
        if (what == 0)
            engine_happen(engine, 1);
        else if (what == 1 || !reader.turned)
            engine_answer(engine);
        else
            take_turn(&reader);
    }

    engine->quiet = true;
    settle(&reader);
    if (reader.fault == NULL && reader.follow.state != FOLLOW_PARKED)
        reader.fault = "it does not wait";
    if (reader.fault == NULL && !received_all(&reader.received, engine, &reader.follow.query.what))
        reader.fault = "an event that nobody brought";

    waiters_drain(engine->gateway.waiters);
    settle(&reader);
    if (reader.fault == NULL && !reader.drained)
        reader.fault = "it does not end when the waiters drain";
    const char *fault = reader.fault;
    reader.fault = "";
    while (engine_answer(engine))
        ; /* of one that went wrong */
    if (reader.turned)
        follow_turn(&reader.follow);
    follow_finish(&reader.follow);
    engine_end(engine);
    return fault;
}

SCHEDULES_MAIN("follow")
