/* The parts of the load client: a checker that lets faults pass would make every test that uses it worthless. */
#include "tests/live/chunks.h"
#include "tests/live/client_options.h"
#include "tests/live/order.h"
#include "tests/live/sse_parser.h"
#include "tests/unit/unit.h"

/* Events as `type|data|id;`. */
static bool note_event(void *context, const struct sse_event *event) {
    struct buffer *notes = context;
    const struct bytes members[] = { event->type, event->data, event->id };
    for (size_t i = 0; i < 3; i++) {
        buffer_append_bytes(notes, members[i]);
        buffer_append_text(notes, i < 2 ? "|" : ";");
    }
    return true;
}

struct stream_case {
    struct bytes stream;
    const char *events;
    const char *id; /* the last, when all is through */
    uint64_t oddities;
};

#define STREAM(text) BYTES_LITERAL(text)

static const struct stream_case stream_cases[] = {
    { STREAM(""), "", "", 0 },
    { STREAM("data: a\n\n"), "|a|;", "", 0 },
    { STREAM("data:a\n\n"), "|a|;", "", 0 },
    { STREAM("data:  a\n\n"), "| a|;", "", 0 },
    { STREAM("data: a\ndata: b\n\n"), "|a\nb|;", "", 0 },
    { STREAM("data: a\r\ndata: b\r\n\r\n"), "|a\nb|;", "", 3 },
    { STREAM("data: a\rdata: b\r\r"), "|a\nb|;", "", 3 },
    { STREAM("data: a\r\n\ndata: b\n\r\n"), "|a|;|b|;", "", 2 },
    { STREAM("\xef\xbb\xbf"
             "data: a\n\n"),
      "|a|;", "", 1 },
    { STREAM("\xef\xbb\xbf\xef\xbb\xbf"
             "data: a\n\ndata: b\n\n"),
      "|b|;", "", 2 },
    { STREAM("id: 1\ndata: a\n\ndata: b\n\n"), "|a|1;|b|1;", "1", 0 },
    { STREAM("id: 1\n\n"), "", "1", 0 },
    { STREAM("id: 1\n"), "", "", 0 },
    { STREAM("id: 1\n\nid\ndata: a\n\n"), "|a|;", "", 0 },
    { STREAM("id: 1\n\nid: 2\0\ndata: a\n\n"), "|a|1;", "1", 1 },
    { STREAM("data\n\n"), "||;", "", 0 },
    { STREAM("data:\ndata:\n\n"), "|\n|;", "", 0 },
    { STREAM("event: gap\nid: 7\ndata: x\n\ndata: y\n\n"), "gap|x|7;|y|7;", "7", 0 },
    { STREAM("event: gap\n\ndata: y\n\n"), "|y|;", "", 0 },
    { STREAM(": note\n:\ndata: a\n\n"), "|a|;", "", 0 },
    { STREAM("datas: a\n data: b\nDATA: c\n\n"), "", "", 3 },
    { STREAM("data: a\n"), "", "", 0 },
    { STREAM("retry: 5\nretry: 5s\nretry:\nretry: -5\n\n"), "", "", 3 },
};
enum { STREAM_CASES = sizeof stream_cases / sizeof *stream_cases };

/* In pieces of `step` bytes, each with its own place on the heap. */
static void feed(struct sse_parser *parser, struct bytes stream, size_t step) {
    for (size_t at = 0; at < stream.size; at += step) {
        size_t size = stream.size - at < step ? stream.size - at : step;
        autofree char *exact = unit_exact(stream.data + at, size);
        ck_assert(sse_parser_feed(parser, (struct bytes){ exact, size }));
    }
}

START_TEST(streams_are_read_as_the_standard_says) {
    for (size_t i = 0; i < STREAM_CASES; i++) {
        for (size_t step = 1; step < 40; step++) {
            autobuffer struct buffer notes = { 0 };
            autoparser struct sse_parser parser = { .on_event = note_event, .context = &notes };
            feed(&parser, stream_cases[i].stream, step);
            unit_assert_bytes(buffer_bytes(&notes), stream_cases[i].events);
            unit_assert_bytes(buffer_bytes(&parser.id), stream_cases[i].id);
            ck_assert_msg(parser.oddities == stream_cases[i].oddities, "case %zu in steps of %zu: %llu oddities", i,
                          step, (unsigned long long)parser.oddities);
            ck_assert(!parser.failed);
        }
    }
}
END_TEST

static const struct {
    struct bytes bytes;
    const char *content;
    enum chunks_state state;
} chunk_cases[] = {
    { STREAM("3\r\nabc\r\n"), "abc", CHUNKS_SIZE },
    { STREAM("3\r\nabc\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"), "abcabcdefghijklmnopqrstuvwxyz",
      CHUNKS_ENDED },
    { STREAM("3\r\nab"), "ab", CHUNKS_CONTENT },
    { STREAM("3\r\nabcd"), "abc", CHUNKS_FAULTY },
    { STREAM("\r\nabc\r\n"), "", CHUNKS_FAULTY },
    { STREAM("3\nabc\r\n"), "", CHUNKS_FAULTY },
    { STREAM("A\r\n"), "", CHUNKS_FAULTY },
    { STREAM("000000001\r\n"), "", CHUNKS_FAULTY },
    { STREAM("0\r\n\r\nx"), "", CHUNKS_FAULTY },
};
enum { CHUNK_CASES = sizeof chunk_cases / sizeof *chunk_cases };

START_TEST(chunks_are_taken_off) {
    for (size_t i = 0; i < CHUNK_CASES; i++) {
        for (size_t step = 1; step < 40; step++) {
            struct bytes all = chunk_cases[i].bytes;
            struct chunks chunks = { 0 };
            autobuffer struct buffer content = { 0 };
            for (size_t at = 0; at < all.size && chunks.state != CHUNKS_FAULTY; at += step) {
                struct bytes rest = { all.data + at, all.size - at < step ? all.size - at : step };
                while (rest.size > 0 && chunks.state != CHUNKS_FAULTY)
                    buffer_append_bytes(&content, chunks_next(&chunks, &rest));
            }
            unit_assert_bytes(buffer_bytes(&content), chunk_cases[i].content);
            ck_assert_int_eq(chunks.state, chunk_cases[i].state);
        }
    }
}
END_TEST

START_TEST(what_comes_is_counted) {
    autobuffer struct buffer notes = { 0 };
    autoparser struct sse_parser parser = { .on_event = note_event, .context = &notes };
    feed(&parser, STREAM("retry: 2500\n: hello\nid: 1\n\n:\n\ndata: a\nid: 2\n\nid: 3\n"), 7);
    ck_assert_uint_eq(parser.retries, 1);
    ck_assert_int_eq(parser.retry_ms, 2500);
    ck_assert_uint_eq(parser.comments, 2);
    ck_assert_uint_eq(parser.ids_alone, 2);
    unit_assert_bytes(buffer_bytes(&parser.id), "2");
    unit_assert_bytes(buffer_bytes(&parser.position), "3");
}
END_TEST

START_TEST(a_new_connection_keeps_the_id_alone) {
    autobuffer struct buffer notes = { 0 };
    autoparser struct sse_parser parser = { .on_event = note_event, .context = &notes };
    feed(&parser, STREAM("id: 1\ndata: a\n\nid: 2\nevent: gap\ndata: half"), 100);
    sse_parser_restart(&parser);
    unit_assert_bytes(buffer_bytes(&parser.id), "1");
    feed(&parser,
         STREAM("\xef\xbb\xbf"
                "data: b\n\n"),
         100);
    unit_assert_bytes(buffer_bytes(&notes), "|a|1;|b|1;");
}
END_TEST

static bool refuse_event(void *context, const struct sse_event *event) {
    note_event(context, event);
    return false;
}

START_TEST(a_callback_may_stop) {
    autobuffer struct buffer notes = { 0 };
    autoparser struct sse_parser parser = { .on_event = refuse_event, .context = &notes };
    ck_assert(!sse_parser_feed(&parser, STREAM("data: a\n\ndata: b\n\n")));
    unit_assert_bytes(buffer_bytes(&notes), "|a|;");
}
END_TEST

struct order_step {
    const char *event;
    enum order_fault whole; /* when each partition must begin with 0 */
    enum order_fault any;
};

#define EVENT(topic, partition, offset)                                                                                \
    "{\"topic\":\"" topic "\",\"partition\":" partition ",\"offset\":" offset ",\"timestamp\":1,\"value\":{}}"

static const struct order_step order_steps[] = {
    { EVENT("a", "0", "0"), ORDER_FINE, ORDER_FINE },     { EVENT("a", "0", "1"), ORDER_FINE, ORDER_FINE },
    { EVENT("a", "1", "0"), ORDER_FINE, ORDER_FINE },     { EVENT("b", "0", "0"), ORDER_FINE, ORDER_FINE },
    { EVENT("a", "0", "1"), ORDER_DOUBLE, ORDER_DOUBLE }, { EVENT("a", "0", "2"), ORDER_FINE, ORDER_FINE },
    { EVENT("a", "0", "4"), ORDER_HOLE, ORDER_HOLE },     { EVENT("a", "0", "3"), ORDER_DOUBLE, ORDER_DOUBLE },
    { EVENT("a", "0", "5"), ORDER_FINE, ORDER_FINE },     { EVENT("ab", "0", "7"), ORDER_HOLE, ORDER_FINE },
    { EVENT("ab", "0", "8"), ORDER_FINE, ORDER_FINE },    { EVENT("a", "1", "1"), ORDER_FINE, ORDER_FINE },
};
enum { ORDER_STEPS = sizeof order_steps / sizeof *order_steps };

static const char *const no_events[] = {
    "",
    "{}",
    "{\"topic\":\"a\",\"partition\":0,\"offset\":6,\"value\":1",
    "{\"topic\":\"a\",\"offset\":6,\"partition\":0}",
    "{\"topic\":\"a\",\"partition\":0,\"offset\":-6}",
};

static enum order_fault take_copy(struct order *order, struct topic_names *names, const char *text, bool whole) {
    struct bytes event = bytes_text(text);
    autofree char *exact = unit_exact(event.data, event.size);
    return order_take(order, names, (struct bytes){ exact, event.size }, whole);
}

START_TEST(order_doubles_and_holes_are_seen) {
    for (int whole = 0; whole < 2; whole++) {
        struct topic_names names = { 0 };
        struct order order = { 0 };
        for (size_t i = 0; i < ORDER_STEPS; i++) {
            enum order_fault found = take_copy(&order, &names, order_steps[i].event, whole == 1);
            enum order_fault wanted = whole == 1 ? order_steps[i].whole : order_steps[i].any;
            ck_assert_msg(found == wanted, "step %zu: %s", i, order_fault_name(found));
        }
        for (size_t i = 0; i < sizeof no_events / sizeof *no_events; i++)
            ck_assert_int_eq(take_copy(&order, &names, no_events[i], whole == 1), ORDER_NOT_AN_EVENT);
        order_finish(&order);
        topic_names_finish(&names);
    }
}
END_TEST

static bool read_options(const char *line, struct client_options *ret_options) {
    autofree char *text = mem_text(line);
    char *words[32] = { 0 };
    int count = 0;
    for (char *word = strtok(text, " "); word != NULL && count < 31; word = strtok(NULL, " "))
        words[count++] = word;
    const char *why = NULL;
    bool good = client_options_read(count, words, ret_options, &why);
    ck_assert(good == (why == NULL));
    return good;
}

START_TEST(flags_are_read) {
    struct client_options options;
    ck_assert(read_options("x --port 1 --path /a --readers 7 --pace 0 --whole", &options));
    ck_assert_int_eq(options.readers, 7);
    ck_assert_int_eq(options.pace, PACE_NOTHING);
    ck_assert(options.whole && !options.resume && options.format == STREAM_SSE);
    ck_assert(read_options("x --port 1 --path /a?follow=true", &options));
    ck_assert(options.format == STREAM_NDJSON && options.pace == PACE_FULL);
    static const char *const wrong[] = {
        "x",
        "x --port 1",
        "x --port 1 --path /a --readers 0",
        "x --port 1 --path /a --readers 1x",
        "x --port 1 --path /a --readers",
        "x --port 1 --path /a --readers -1",
        "x --port 1 --path /a --nonsense",
        "x --port 1 --path /a --cuts 5 --expect 5",
        "x --port 1 --path /a?follow=true --resume",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!read_options(wrong[i], &options), "%s", wrong[i]);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        streams_are_read_as_the_standard_says,
        chunks_are_taken_off,
        what_comes_is_counted,
        a_new_connection_keeps_the_id_alone,
        a_callback_may_stop,
        order_doubles_and_holes_are_seen,
        flags_are_read,
        NULL,
    };
    return unit_run("live_client", tests);
}
