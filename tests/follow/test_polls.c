/* Long polls, over a hundred thousand schedules: a few clients ask for the same pages or for others, come at every moment, go
 * away, run out of time; and each gets every event once and in order, and is told to come once for each time it waits. */
#include "base/clock.h"
#include "gateway/read/polls.h"
#include "tests/follow/received.h"
#include "tests/follow/schedules.h"

enum { CLIENTS = 4, STEPS = 60, SETTLE_STEPS = 4000, DAY_MS = 86400000 };

enum client_state { CLIENT_IDLE, CLIENT_READING, CLIENT_WAITING };

struct client {
    struct scene *scene;
    enum client_state state;
    bool page_done;
    bool told; /* and has not come */
    bool hurried;
    bool refused; /* what it asks for by name is not there */
    struct poll poll;
    struct page page;
    struct arena memory;
    struct page_query query;
    struct bytes pattern;
    struct buffer cursor;
    struct received received;
};

struct scene {
    struct engine engine;
    struct client clients[CLIENTS];
    int64_t now_ms;
    bool draining;
    const char *fault; /* what went wrong; NULL: nothing */
};

static void on_page(void *context) { ((struct client *)context)->page_done = true; }

static void on_ready(void *context) {
    struct client *client = context;
    if (client->told || client->state != CLIENT_WAITING)
        client->scene->fault = "told to come twice, or without having waited";
    client->told = true;
}

static void set_cursor(struct client *client, struct bytes cursor) {
    buffer_clear(&client->cursor);
    buffer_append_bytes(&client->cursor, cursor);
    client->query.start = PAGE_FROM_CURSOR;
    client->query.cursor = buffer_bytes(&client->cursor);
}

static void begin_page(struct client *client) {
    client->state = CLIENT_READING;
    client->page_done = false;
    client->page = (struct page){ .done = on_page, .context = client };
    page_start(&client->scene->engine.gateway, &client->query, &client->memory, &client->page);
}

static void drop_page(struct client *client) {
    page_finish(&client->page);
    arena_finish(&client->memory);
}

/* The answer of the server; after what is not there any more it begins anew. */
static void take_answer(struct client *client, const struct page *page) {
    client->refused = page->status == STATUS_TOPIC_NOT_FOUND;
    if (page->status == STATUS_OK) {
        if (!received_keep(&client->received, &client->scene->engine, page))
            client->scene->fault = "an event out of order, twice, or after one that is missing";
        set_cursor(client, buffer_bytes(&page->cursor));
    } else if (page->status != STATUS_IO) {
        client->query.start = PAGE_FROM_EARLIEST;
        client->received = (struct received){ .mine = client->received.mine };
    }
}

static void take_page(struct client *client) {
    struct scene *scene = client->scene;
    bool waits = client->page.status == STATUS_OK && client->page.event_count == 0;
    take_answer(client, &client->page);
    client->state = CLIENT_IDLE;
    if (waits) {
        client->poll = (struct poll){ .ready = on_ready,
                                      .context = client,
                                      .deadline_ms = scene->now_ms + 1 + engine_draw(&scene->engine, 60) };
        client->poll.parked_until_ms = client->poll.deadline_ms - engine_draw(&scene->engine, 2) * 5;
        client->told = client->hurried = false;
        client->state = CLIENT_WAITING;
        engine_happen(&scene->engine, 4);
        if (!poll_join(scene->engine.gateway.polls, &client->poll, &client->query, &client->page))
            scene->fault = "no memory";
    }
    drop_page(client);
}

static void leave(struct client *client) {
    poll_leave(client->scene->engine.gateway.polls, &client->poll);
    client->state = CLIENT_IDLE;
    client->told = false;
}

static void come(struct client *client) {
    struct scene *scene = client->scene;
    struct polls *polls = scene->engine.gateway.polls;
    bool up_to_date;
    client->told = false;
    enum poll_turn turn = poll_turn(polls, &client->poll);
    if (turn == POLL_WAITS)
        return;
    if (client->told)
        scene->fault = "told to come without having waited";
    if (turn == POLL_PAGE) {
        take_answer(client, poll_page(&client->poll));
    } else if (turn == POLL_NOTHING) {
        bool late = scene->now_ms >= client->poll.parked_until_ms;
        if (!late && !client->hurried && !scene->draining)
            scene->fault = "nothing, before its time was over";
        autobuffer struct buffer cursor = { 0 };
        poll_position(polls, &client->poll, &cursor, &up_to_date);
        set_cursor(client, buffer_bytes(&cursor));
    } else {
        scene->fault = "no memory";
    }
    leave(client);
}

static void act(struct client *client) {
    struct engine *engine = &client->scene->engine;
    if (client->state == CLIENT_IDLE)
        begin_page(client);
    else if (client->state == CLIENT_READING && client->page_done)
        take_page(client);
    else if (client->state == CLIENT_WAITING && client->told && !engine->quiet && engine_draw(engine, 8) == 0)
        leave(client); /* it has gone away */
    else if (client->state == CLIENT_WAITING && client->told)
        come(client);
}

static void scene_begin(struct scene *scene, uint64_t seed) {
    static const char *const PATTERNS[] = { "a*", "a*", "*", "a1" };
    *scene = (struct scene){ .now_ms = clock_monotonic_ms() + DAY_MS };
    engine_begin(&scene->engine, seed);
    engine_happen(&scene->engine, 1);
    uint32_t limit = 1 + engine_draw(&scene->engine, 5);
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &scene->clients[i];
        client->scene = scene;
        client->pattern = bytes_text(PATTERNS[engine_draw(&scene->engine, 4)]);
        client->received.mine = engine_draw(&scene->engine, 3) == 0;
        client->query = (struct page_query){ .what = { .patterns = &client->pattern, .pattern_count = 1 },
                                             .event_limit = limit,
                                             .byte_limit = 1 << 20,
                                             .until_ms = STORAGE_TIME_NONE,
                                             .key = client->received.mine ? ENGINE_KEY : BYTES_NONE,
                                             .live = true };
    }
}

static void pass_time(struct scene *scene, int64_t ms) {
    scene->now_ms += ms;
    polls_expire(scene->engine.gateway.polls, scene->now_ms);
}

static void take_step(struct scene *scene) {
    struct engine *engine = &scene->engine;
    struct client *client = &scene->clients[engine_draw(engine, CLIENTS)];
    uint32_t what = engine_draw(engine, 20);
    if (what < 4) {
        engine_happen(engine, 1);
    } else if (what < 9) {
        engine_answer(engine);
    } else if (what == 9) {
        pass_time(scene, 10);
    } else if (what == 10 && client->state == CLIENT_WAITING) {
        client->hurried = true;
        polls_hurry(engine->gateway.polls, client->poll.ticket);
    } else {
        act(client);
    }
}

static bool can_act(const struct client *client, bool more) {
    return client->told || (client->state == CLIENT_READING && client->page_done) ||
           (client->state == CLIENT_IDLE && more && !client->refused);
}

/* Until nothing is under way, and all wait; or, without `more`, until all have gone. */
static void settle(struct scene *scene, bool more) {
    for (unsigned i = 0; i < SETTLE_STEPS && scene->fault == NULL; i++) {
        bool acted = false;
        for (size_t c = 0; c < CLIENTS; c++)
            if (can_act(&scene->clients[c], more)) {
                act(&scene->clients[c]);
                acted = true;
            }
        if (!acted && !engine_answer(&scene->engine))
            return;
    }
    if (scene->fault == NULL)
        scene->fault = "it never comes to rest";
}

static void check_waiting(struct scene *scene) {
    for (size_t i = 0; i < CLIENTS && scene->fault == NULL; i++) {
        const struct client *client = &scene->clients[i];
        if (client->state != CLIENT_WAITING && !client->refused)
            scene->fault = "it does not wait";
        if (client->state == CLIENT_WAITING && !received_all(&client->received, &scene->engine, &client->query.what))
            scene->fault = "an event that nobody brought";
    }
}

static const char *run_schedule(uint64_t seed) {
    struct scene scene;
    scene_begin(&scene, seed);
    for (unsigned i = 0; i < STEPS && scene.fault == NULL; i++)
        take_step(&scene);

    scene.engine.quiet = true;
    settle(&scene, true);
    check_waiting(&scene);

    scene.draining = seed % 2 == 0;
    if (scene.draining)
        waiters_drain(scene.engine.gateway.waiters);
    else
        pass_time(&scene, DAY_MS);
    settle(&scene, false);
    for (size_t i = 0; i < CLIENTS; i++) {
        if (scene.clients[i].state != CLIENT_IDLE && scene.fault == NULL)
            scene.fault = "it waits although its time is over";
        buffer_finish(&scene.clients[i].cursor);
    }
    if (scene.fault == NULL)
        engine_end(&scene.engine);
    return scene.fault;
}

SCHEDULES_MAIN("polls")
