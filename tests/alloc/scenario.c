/* The parts, one request at a time, so that allocations come in nearly the same order in every case. */
#include "tests/alloc/scenario.h"

#include "tests/alloc/catalog.h"
#include "tests/alloc/encoded.h"
#include "tests/alloc/groups.h"
#include "tests/alloc/streams.h"

#include <unistd.h>

static const struct right GOOD = { .status = 200 };

/* The resources of operating, and answers that are refusals. */
static bool call_around(struct run *run) {
    static const struct {
        struct call call;
        struct right right;
    } calls[] = {
        { { .method = "GET", .target = "/" }, { .status = 200 } },
        { { .method = "GET", .target = "/livez" }, { .status = 200 } },
        { { .method = "GET", .target = "/readyz" }, { .status = 200 } },
        { { .method = "GET", .target = "/metrics" }, { .status = 200 } },
        { { .method = "GET", .target = "/openapi.yaml" }, { .status = 200 } },
        { { .method = "GET", .target = "/nothing/here" }, { .status = 404, .code = "not_found" } },
        { { .method = "GET", .target = "/topics?a%20name=1" }, { .status = 400, .code = "bad_parameter" } },
        { { .method = "GET", .target = "/events?topics=ord*,nowhere" }, { .status = 404, .code = "topic_not_found" } },
        { { .method = "GET", .target = "/topics/orders/events?cursor=AAAA" },
          { .status = 400, .code = "cursor_invalid" } },
        { { .method = "GET", .target = "/topics/orders/events?partition=0&offset=4711" },
          { .status = 416, .code = "offset_beyond" } },
        { { .method = "POST",
            .target = "/topics/orders/events",
            .body = { "[{\"id/x\":1},{]", sizeof "[{\"id/x\":1},{]" - 1 } },
          { .status = 400, .code = "invalid_json" } },
        { { .method = "POST",
            .target = "/topics/orders/events?format=ndjson",
            .body = { "{}\n{x}\n", sizeof "{}\n{x}\n" - 1 } },
          { .status = 400, .code = "invalid_events" } },
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        autoanswer struct answer answer = { 0 };
        if (!call_retry(run, &calls[i].call, &calls[i].right, &answer))
            return false;
    }

    return true;
}

static bool header_has(struct run *run, const struct answer *answer, const char *name, const char *word) {
    struct bytes value = client_header(answer, name);
    return (bytes_present(value) && memmem(value.data, value.size, word, strlen(word)) != NULL) ||
           run_wrong(run, "an answer of %u without %s in its %s", answer->status, word, name);
}

/* A page of this machine asks before it calls, and when it is refused. */
static bool call_from_page(struct run *run) {
    static const char origin[] = "Origin: http://localhost:3000\r\nAccess-Control-Request-Headers: Content-Type\r\n";
    static const char allow[] = "Access-Control-Allow-Methods";
    autoanswer struct answer answer = { 0 };
    struct call call = { .method = "OPTIONS", .target = "/topics/orders", .headers = origin };
    if (!call_retry(run, &call, &(struct right){ 204, 0, NULL }, &answer) ||
        !header_has(run, &answer, allow, "PATCH") || !header_has(run, &answer, "Allow", "PATCH"))
        return false;
    call.method = "POST";
    call.body = BYTES_LITERAL("{}");
    return call_retry(run, &call, &(struct right){ 405, 0, "method_not_allowed" }, &answer) &&
           header_has(run, &answer, "Allow", "PATCH") && header_has(run, &answer, allow, "PATCH") &&
           header_has(run, &answer, "Access-Control-Allow-Origin", "http://localhost:3000");
}

/* Two requests on one connection. */
static bool call_twice(struct run *run) {
    struct call call = { .method = "GET", .target = "/livez" };
    int fd = client_send(run->port, &call, true);
    bool good = fd >= 0 || run_wrong(run, "no connection");
    for (int i = 0; i < 2 && good; i++) {
        autoanswer struct answer answer = { 0 };
        bool written_not;
        client_receive(fd, false, &answer);
        if (answer.status == 503)
            good = call_check_unavailable(run, &call, &answer, &written_not);
        else if (answer.status != 200)
            good = call_excused(run, &call, &answer);
        if (answer.status == 0 || (i == 0 && !client_send_on(fd, &call, false)))
            break;
    }

    if (fd >= 0)
        close(fd);
    return good;
}

static bool answer_all(struct run *run, struct ledger *ledger) {
    (void)ledger;
    return call_around(run);
}

static bool answer_pages(struct run *run, struct ledger *ledger) {
    (void)ledger;
    return call_from_page(run) && call_twice(run);
}

static bool prepare_nothing(struct run *run, struct ledger *ledger) {
    (void)run;
    (void)ledger;
    return true;
}

static bool prepare_topic(struct run *run, struct ledger *ledger) { return catalog_put(run, ledger->topic, 2); }

static bool prepare_events(struct run *run, struct ledger *ledger) {
    return prepare_topic(run, ledger) && ledger_post(run, ledger, POST_ONE) && ledger_post(run, ledger, POST_ARRAY) &&
           ledger_post(run, ledger, POST_LINES) && ledger_post(run, ledger, POST_ENVELOPES);
}

static bool prepare_group(struct run *run, struct ledger *ledger) {
    return prepare_events(run, ledger) && groups_prepare(run, ledger);
}

/* More than the first text of a stream holds, so that it has to catch up. */
static bool prepare_large(struct run *run, struct ledger *ledger) {
    return catalog_put(run, ledger->topic, 1) && ledger_post(run, ledger, POST_LARGE) &&
           ledger_post(run, ledger, POST_LARGE);
}

/* A page that is worth a coding. */
static bool prepare_wide(struct run *run, struct ledger *ledger) {
    return catalog_put(run, ledger->topic, 1) && ledger_post(run, ledger, POST_LARGE);
}

static bool start(struct run *run, struct ledger *ledger) {
    autoanswer struct answer answer = { 0 };
    (void)ledger;
    return call_retry(run, &(struct call){ .method = "GET", .target = "/livez" }, &GOOD, &answer);
}

static bool make_topics(struct run *run, struct ledger *ledger) {
    return catalog_put(run, ledger->topic, 2) && catalog_query(run, ledger->topic);
}

static bool change_topics(struct run *run, struct ledger *ledger) {
    return catalog_grow(run, ledger->topic, 3) && catalog_delete(run, ledger->topic);
}

static bool write_and_check(struct run *run, struct ledger *ledger) {
    return ledger_post(run, ledger, POST_ONE) && ledger_post(run, ledger, POST_ARRAY) &&
           ledger_read_json(run, ledger, "");
}

static bool write_more_and_check(struct run *run, struct ledger *ledger) {
    return ledger_post(run, ledger, POST_LINES) && ledger_post(run, ledger, POST_ENVELOPES) &&
           ledger_read_json(run, ledger, "");
}

static bool read_pages(struct run *run, struct ledger *ledger) {
    return ledger_read_json(run, ledger, "?limit=2") && ledger_get_one(run, ledger, 0);
}

static bool read_lines(struct run *run, struct ledger *ledger) {
    return ledger_read_lines(run, ledger, "?limit=2&max_bytes=4096");
}

static bool read_several_and_wait(struct run *run, struct ledger *ledger) {
    autoanswer struct answer answer = { 0 };
    struct call several = { .method = "GET", .target = "/events?topics=ord*,orders&from=-1&partition=0,1&key=k4" };
    return call_retry(run, &several, &GOOD, &answer) && ledger_wait(run, ledger);
}

/* From the beginning, what comes while it waits, more partitions, and the end of its topic. */
static bool stream(struct run *run, struct ledger *ledger, bool lines) {
    struct stream stream;
    bool good = stream_open(&stream, run, ledger, lines) && stream_catch_up(&stream) &&
                ledger_post(run, ledger, POST_ENVELOPES) && stream_catch_up(&stream) &&
                catalog_grow(run, ledger->topic, 3) && ledger_post(run, ledger, POST_ARRAY) &&
                stream_catch_up(&stream) && catalog_delete(run, ledger->topic) && stream_read_to_end(&stream);
    stream_close(&stream);
    return good;
}

static bool stream_events(struct run *run, struct ledger *ledger) { return stream(run, ledger, false); }

static bool stream_lines(struct run *run, struct ledger *ledger) { return stream(run, ledger, true); }

/* Two, so that what one reads is shared with the other. */
static bool stream_large(struct run *run, struct ledger *ledger) {
    struct stream first;
    struct stream second;
    bool good = stream_open(&first, run, ledger, false);
    good = stream_open(&second, run, ledger, false) && good;
    good = good && stream_catch_up(&first) && stream_catch_up(&second);
    stream_close(&first);
    stream_close(&second);
    return good;
}

const struct scenario *scenarios_all(void) {
    /* clang-format off */
    static const struct scenario scenarios[] = {
        /* Those that take longest come first. */
        { "large", false, prepare_large, stream_large },
        { "stream", false, prepare_events, stream_events },
        { "lines", false, prepare_events, stream_lines },
        { "read_pages", false, prepare_events, read_pages },
        { "read_lines", false, prepare_events, read_lines },
        { "read_wait", false, prepare_events, read_several_and_wait },
        { "group_commit", false, prepare_events, groups_commit },
        { "group_forget", false, prepare_group, groups_forget },
        { "answers", false, prepare_events, answer_all },
        { "answers_more", false, prepare_topic, answer_pages },
        { "write", false, prepare_topic, write_and_check },
        { "write_more", false, prepare_topic, write_more_and_check },
        { "write_gzip", false, prepare_topic, encoded_write_gzip },
        { "write_zstd", false, prepare_topic, encoded_write_zstd },
        { "events_coded", false, prepare_wide, encoded_read_events },
        { "page_coded", false, prepare_nothing, encoded_read_page },
        { "file_coded", false, prepare_nothing, encoded_read_file },
        { "topic_make", false, prepare_nothing, make_topics },
        { "topic_change", false, prepare_topic, change_topics },
        { "start", true, prepare_nothing, start },
        { NULL, false, NULL, NULL },
    };

    /* clang-format on */
    return scenarios;
}
