/* Pages over an engine that does what no engine does on demand: retention that overtakes a reader, a topic that goes away
 * between two steps, disks that fail. */
#include "gateway/read/page.h"
#include "gateway/topics.h"
#include "tests/unit/unit.h"

enum { EVENTS = 8, LIMIT = 100 };

/* An engine of one topic with one partition of EVENTS events. It answers at once. */
struct engine {
    struct storage storage;
    uint64_t first_offset; /* as reads see it; the bounds still say 0 */
    enum status bounds_status;
    enum status find_status;
    enum status read_status;
    enum status fetch_status;
    unsigned bounds_count; /* how often it was asked, as the next one */
    unsigned find_count;
};

static struct engine *engine_of(struct storage *storage) { return (struct engine *)storage; }

/* A topic that is not there fails its own partitions; what else goes wrong fails the operation. */
static enum status gone_alone(enum status status) { return status == STATUS_TOPIC_NOT_FOUND ? status : STATUS_OK; }
static enum status failure_of_all(enum status status) { return status == STATUS_TOPIC_NOT_FOUND ? STATUS_OK : status; }

static void bounds(struct storage *storage, struct storage_bounds *bounds) {
    engine_of(storage)->bounds_count++;
    for (size_t i = 0; i < bounds->count; i++) {
        bounds->partitions[i].ret_status = gone_alone(engine_of(storage)->bounds_status);
        bounds->partitions[i].next_offset = EVENTS;
    }
    storage_op_done(&bounds->op, failure_of_all(engine_of(storage)->bounds_status), "of the bounds");
}

static void offset_at_time(struct storage *storage, struct storage_offset_at_time *find) {
    engine_of(storage)->find_count++;
    for (size_t i = 0; i < find->count; i++) {
        find->partitions[i].ret_status = gone_alone(engine_of(storage)->find_status);
        find->partitions[i].ret_offset = (uint64_t)find->time_ms;
    }
    storage_op_done(&find->op, failure_of_all(engine_of(storage)->find_status), "of the time");
}

static void offsets_fetch(struct storage *storage, struct storage_offsets_fetch *fetch) {
    storage_op_done(&fetch->op, engine_of(storage)->fetch_status, "of the group");
}

static void read(struct storage *storage, struct storage_read *read) {
    const struct engine *engine = engine_of(storage);
    enum status status = engine->read_status;
    read->ret_first = engine->first_offset;
    read->ret_head = read->ret_next = EVENTS;
    if (status == STATUS_OK && read->offset < engine->first_offset)
        status = STATUS_OFFSET_GONE;
    if (status == STATUS_OK) {
        read->records = arena_array(&read->memory, EVENTS, sizeof *read->records);
        for (uint64_t offset = read->offset; offset < EVENTS; offset++)
            read->records[read->record_count++] = (struct storage_record){ .offset = offset,
                                                                           .value = BYTES_LITERAL("1") };
    }
    storage_op_done(&read->op, status, "of the log");
}

static const struct storage_ops OPS = {
    .bounds = bounds, .offset_at_time = offset_at_time, .offsets_fetch = offsets_fetch, .read = read
};

/* A gateway over that engine, and one page of its topic. */
struct scene {
    struct engine engine;
    struct gateway gateway;
    struct bytes pattern;
    struct page_query query;
    struct arena arena;
    struct page page;
    bool done;
};

static void page_done(void *context) { ((struct scene *)context)->done = true; }

/* A topic is made, or goes away; the catalogue has this version then. */
static void tell_topic(struct scene *scene, const char *name, uint64_t id, uint64_t version, bool gone) {
    struct storage_topic *topic = storage_topic_new(name, &(struct storage_settings){ .partitions = 1 });
    ck_assert_ptr_nonnull(topic);
    topic->id = id;
    topic->created_version = version;
    topic->partition_versions[0] = version;
    topics_on_topic(scene->gateway.topics, topic, gone, version);
    storage_topic_unref(topic);
}

static void scene_init(struct scene *scene, const char *pattern) {
    *scene = (struct scene){
        .engine = { .storage = { .ops = &OPS } },
        .gateway = { .tail = tail_create(1 << 20) },
        .pattern = bytes_text(pattern),
        .query = { .what = { .pattern_count = 1 },
                   .event_limit = LIMIT,
                   .byte_limit = 1 << 20,
                   .until_ms = STORAGE_TIME_NONE },
    };
    scene->query.what.patterns = &scene->pattern;
    scene->gateway.storage = &scene->engine.storage;
    ck_assert_int_eq(topics_create(&scene->gateway.topics), STATUS_OK);
    tell_topic(scene, "orders", 7, 1, false);
}

static void run(struct scene *scene) {
    scene->page = (struct page){ .done = page_done, .context = scene };
    scene->done = false;
    page_start(&scene->gateway, &scene->query, &scene->arena, &scene->page);
    ck_assert(scene->done);
}

static void scene_finish(struct scene *scene) {
    page_finish(&scene->page);
    arena_finish(&scene->arena);
    tail_destroy(scene->gateway.tail);
    topics_destroy(scene->gateway.topics);
}

static void check(const struct scene *scene, enum status status, size_t events, const char *detail) {
    ck_assert_str_eq(status_name(scene->page.status), status_name(status));
    ck_assert_uint_eq(scene->page.event_count, events);
    ck_assert_str_eq(scene->page.detail, detail);
}

START_TEST(all_is_there) {
    struct scene scene;
    scene_init(&scene, "orders");
    run(&scene);
    check(&scene, STATUS_OK, EVENTS, "");
    ck_assert(scene.page.up_to_date);
    scene_finish(&scene);
}
END_TEST

START_TEST(many_topics_are_asked_for_at_once) {
    struct scene scene;
    scene_init(&scene, "ord*");
    tell_topic(&scene, "orders-2", 8, 2, false);
    tell_topic(&scene, "orders-3", 9, 3, false);
    scene.query.start = PAGE_FROM_TIME;
    run(&scene);
    check(&scene, STATUS_OK, 3 * EVENTS, "");
    ck_assert_uint_eq(scene.engine.bounds_count, 1);
    ck_assert_uint_eq(scene.engine.find_count, 1);
    scene_finish(&scene);
}
END_TEST

/* One that must not keep its records pauses, and ends as it would have ended; what it found stands in spans. */
START_TEST(a_page_that_keeps_nothing) {
    struct scene scene;
    scene_init(&scene, "ord*");
    tell_topic(&scene, "orders-2", 8, 2, false);
    run(&scene);
    autobuffer struct buffer cursor = { 0 };
    buffer_append_bytes(&cursor, buffer_bytes(&scene.page.cursor));
    page_finish(&scene.page);

    size_t pauses = 0;
    scene.query.kept_bytes_max = 1;
    run(&scene);
    for (; scene.page.paused; pauses++) {
        ck_assert(page_fold(&scene.page));
        ck_assert_ptr_null(scene.page.chunks);
        scene.done = false;
        page_go_on(&scene.page);
        ck_assert(scene.done);
    }
    check(&scene, STATUS_OK, 2 * EVENTS, "");
    ck_assert_uint_ge(pauses, 2);
    ck_assert(bytes_equal(buffer_bytes(&scene.page.cursor), buffer_bytes(&cursor)));
    const struct page_span *span = scene.page.spans;
    for (uint64_t id = 7; id <= 8; id++, span = span->next) {
        ck_assert_uint_eq(span->topic->id, id);
        ck_assert_uint_eq(span->offset, 0);
        ck_assert_uint_eq(span->next_offset, EVENTS);
        ck_assert_uint_eq(span->event_count, EVENTS);
    }
    ck_assert_ptr_null(span);
    scene_finish(&scene);
}
END_TEST

/* The failure brings a cursor with which the same request goes on. */
START_TEST(retention_overtakes_a_reader) {
    struct scene scene;
    autobuffer struct buffer cursor = { 0 };
    scene_init(&scene, "orders");
    scene.engine.first_offset = 5;
    run(&scene);
    check(&scene, STATUS_OFFSET_GONE, 0, "offset 0 of orders/0 is no longer available; the first offset is 5");
    buffer_append_bytes(&cursor, buffer_bytes(&scene.page.cursor));
    page_finish(&scene.page);
    scene.query.start = PAGE_FROM_CURSOR;
    scene.query.cursor = buffer_bytes(&cursor);
    run(&scene);
    check(&scene, STATUS_OK, EVENTS - 5, "");
    scene_finish(&scene);
}
END_TEST

START_TEST(retention_overtakes_a_stream) {
    struct scene scene;
    scene_init(&scene, "orders");
    scene.engine.first_offset = 5;
    scene.query.what.lenient = true;
    run(&scene);
    check(&scene, STATUS_OK, EVENTS - 5, "");
    const struct page_gap *gap = scene.page.gaps;
    ck_assert_ptr_nonnull(gap);
    ck_assert_ptr_null(gap->next);
    ck_assert_int_eq(gap->reason, PAGE_GAP_RETENTION);
    ck_assert_str_eq(gap->topic, "orders");
    ck_assert_uint_eq(gap->from, 0);
    ck_assert_uint_eq(gap->to, 5);
    scene_finish(&scene);
}
END_TEST

/* One step of a page fails; every one but the group's, which needs nothing of the topic. */
static void fail_step(const char *pattern, size_t step, enum status status, struct scene *scene) {
    scene_init(scene, pattern);
    enum status *steps[] = { &scene->engine.bounds_status, &scene->engine.find_status, &scene->engine.read_status };
    *steps[step] = status;
    scene->query.start = PAGE_FROM_TIME;
    run(scene);
}

START_TEST(a_topic_goes_away) {
    for (size_t step = 0; step < 3; step++) {
        struct scene scene;
        fail_step("orders", step, STATUS_TOPIC_NOT_FOUND, &scene);
        check(&scene, STATUS_TOPIC_NOT_FOUND, 0, "orders");
        scene_finish(&scene);
        /* Of a wildcard it is no fault. */
        fail_step("ord*", step, STATUS_TOPIC_NOT_FOUND, &scene);
        check(&scene, STATUS_OK, 0, "");
        ck_assert(scene.page.up_to_date);
        ck_assert_uint_gt(buffer_bytes(&scene.page.cursor).size, 0);
        scene_finish(&scene);
    }
}
END_TEST

/* The engine's reason may name files: it is for the log. */
static const char NOT_READ[] = "what is stored cannot be read; the log of the server says why";

START_TEST(a_disk_fails) {
    static const char *const details[] = { NOT_READ, NOT_READ,
                                           "orders/0 cannot be read from offset 0 on; the log of the server says why" };
    for (size_t step = 0; step < 3; step++) {
        struct scene scene;
        fail_step("ord*", step, STATUS_IO, &scene);
        check(&scene, STATUS_IO, 0, details[step]);
        ck_assert_str_eq(scene.page.unreadable.topic, step == 2 ? "orders" : "");
        scene_finish(&scene);
    }
}
END_TEST

START_TEST(a_group_is_not_known_or_not_readable) {
    struct scene scene;
    scene_init(&scene, "orders");
    scene.query.group = "readers";
    scene.engine.fetch_status = STATUS_GROUP_NOT_FOUND;
    run(&scene);
    check(&scene, STATUS_OK, EVENTS, "");
    page_finish(&scene.page);
    scene.engine.fetch_status = STATUS_CORRUPT;
    run(&scene);
    check(&scene, STATUS_CORRUPT, 0, NOT_READ);
    scene_finish(&scene);
}
END_TEST

/* ---- a cursor whose topics are not there ---- */

/* What has become of the topics since the cursor was made, at version 1 of the catalogue. */
enum change { NONE, MADE_AGAIN, OTHER_DATA, OTHER_DATA_YOUNGER, DELETED, DELETED_LONG_AGO, ONE_MORE };

static void change(struct scene *scene, enum change change) {
    switch (change) {
    case NONE: break;
    case MADE_AGAIN:
        tell_topic(scene, "orders", 7, 2, true);
        tell_topic(scene, "orders", 8, 3, false);
        break;
    case DELETED: tell_topic(scene, "orders", 7, 2, true); break;
    case ONE_MORE: tell_topic(scene, "orders-2", 8, 2, false); break;
    case OTHER_DATA:
    case OTHER_DATA_YOUNGER:
    case DELETED_LONG_AGO: /* by another life of the server, which does not know its name */
        topics_destroy(scene->gateway.topics);
        ck_assert_int_eq(topics_create(&scene->gateway.topics), STATUS_OK);
        tell_topic(scene, change == DELETED_LONG_AGO ? "orders-2" : "orders", 8, change == OTHER_DATA ? 1 : 9, false);
        break;
    }
}

/* Reads a page, changes the topics, and sets the query to go on with the page's cursor, as a page or as a stream. */
static void prepare(struct scene *scene, const char *pattern, enum change what, bool lenient, struct buffer *cursor) {
    scene_init(scene, pattern);
    run(scene);
    check(scene, STATUS_OK, EVENTS, "");
    buffer_append_bytes(cursor, buffer_bytes(&scene->page.cursor));
    page_finish(&scene->page);
    change(scene, what);
    scene->query.start = PAGE_FROM_CURSOR;
    scene->query.cursor = buffer_bytes(cursor);
    scene->query.what.lenient = lenient;
}

static void go_on(struct scene *scene, const char *pattern, enum change what, bool lenient) {
    autobuffer struct buffer cursor = { 0 };
    prepare(scene, pattern, what, lenient, &cursor);
    run(scene);
}

/* One thing decides both: where a page fails, a stream tells a gap. */
static void check_going_on(const char *pattern, enum change what, enum status of_page, const char *gap_reason,
                           size_t events) {
    static const char *const reasons[] = { "retention", "truncated", "recreated", "deleted" };
    struct scene scene;
    go_on(&scene, pattern, what, false);
    ck_assert_msg(scene.page.status == of_page, "%s, %d: %s", pattern, (int)what, status_name(scene.page.status));
    ck_assert(of_page == STATUS_OK ? scene.page.event_count == events : scene.page.event_count == 0);
    ck_assert_ptr_null(scene.page.gaps);
    if (of_page == STATUS_TOPIC_RECREATED) {
        autobuffer struct buffer cursor = { 0 };
        buffer_append_bytes(&cursor, buffer_bytes(&scene.page.cursor));
        page_finish(&scene.page);
        scene.query.cursor = buffer_bytes(&cursor);
        run(&scene);
        check(&scene, STATUS_OK, events, "");
    }
    scene_finish(&scene);

    go_on(&scene, pattern, what, true);
    check(&scene, STATUS_OK, events, "");
    const char *told = scene.page.gaps != NULL ? reasons[scene.page.gaps->reason] : "none";
    ck_assert_msg(strcmp(told, gap_reason) == 0, "%s, %d: %s", pattern, (int)what, told);
    scene_finish(&scene);
}

START_TEST(a_cursor_of_a_named_topic) {
    check_going_on("orders", NONE, STATUS_OK, "none", 0);
    check_going_on("orders", MADE_AGAIN, STATUS_TOPIC_RECREATED, "recreated", EVENTS);
    check_going_on("orders", OTHER_DATA, STATUS_TOPIC_RECREATED, "recreated", EVENTS);
    check_going_on("orders", OTHER_DATA_YOUNGER, STATUS_TOPIC_RECREATED, "recreated", EVENTS);
    check_going_on("orders", ONE_MORE, STATUS_OK, "none", 0);
}
END_TEST

/* What a wildcard met and is gone is left out of a page; a stream tells it. */
START_TEST(a_cursor_of_a_wildcard) {
    check_going_on("ord*", NONE, STATUS_OK, "none", 0);
    check_going_on("ord*", ONE_MORE, STATUS_OK, "none", EVENTS);
    check_going_on("ord*", DELETED, STATUS_OK, "deleted", 0);
    check_going_on("ord*", MADE_AGAIN, STATUS_OK, "deleted", EVENTS);
    check_going_on("ord*", OTHER_DATA, STATUS_TOPIC_RECREATED, "deleted", EVENTS);
    check_going_on("ord*", OTHER_DATA_YOUNGER, STATUS_TOPIC_RECREATED, "deleted", EVENTS);
    check_going_on("ord*", DELETED_LONG_AGO, STATUS_TOPIC_RECREATED, "deleted", EVENTS);
}
END_TEST

/* The channel of a stream has not seen yet that a topic went: a stream that has been told is not where the channel is. */
START_TEST(a_stop_in_a_topic_that_is_gone) {
    static const enum change changes[] = { NONE, DELETED };
    for (size_t i = 0; i < 2; i++) {
        autobuffer struct buffer cursor = { 0 };
        struct scene scene;
        prepare(&scene, "ord*", changes[i], true, &cursor);
        scene.query.stop = buffer_bytes(&cursor);
        run(&scene);
        check(&scene, STATUS_OK, 0, "");
        ck_assert(scene.page.at_stop == (changes[i] == NONE));
        scene_finish(&scene);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { all_is_there,
                                   many_topics_are_asked_for_at_once,
                                   a_page_that_keeps_nothing,
                                   retention_overtakes_a_reader,
                                   retention_overtakes_a_stream,
                                   a_topic_goes_away,
                                   a_disk_fails,
                                   a_group_is_not_known_or_not_readable,
                                   a_cursor_of_a_named_topic,
                                   a_cursor_of_a_wildcard,
                                   a_stop_in_a_topic_that_is_gone,
                                   NULL };
    return unit_run("page", tests);
}
