/* Writing events, and holding what is read against what was written. */
#include "tests/alloc/ledger.h"

#include "api/http/encoding/coder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TARGET_BYTES = 1024, WAIT_MS = 15000, PARK_US = 3000 };

static const unsigned long long FIRST_TIME_MS = 1795341600000; /* of event 0, where the form says one */

static const char FILLER_BEGIN[] = ",\"filler\":\"";

/* ---- writing ---- */

static void append_filler(struct buffer *text) {
    buffer_append_text(text, FILLER_BEGIN);
    if (buffer_reserve(text, POST_LARGE_BYTES)) {
        memset(text->data + text->size, 'x', POST_LARGE_BYTES);
        text->size += POST_LARGE_BYTES;
    }
    buffer_append_u8(text, '"');
}

/* Event n, as the form has it. The topics' key_pointer is /id~1x, and the key of event n is kn. */
static void append_event(struct buffer *body, enum post_form form, unsigned number) {
    if (form == POST_ENVELOPES) {
        buffer_printf(body,
                      "{\"value\":{\"n\":%u},\"key\":\"k%u\",\"headers\":{\"first\":\"a\\u0062c\",\"second\":\"v%u\"},"
                      "\"timestamp\":%llu}",
                      number, number, number, FIRST_TIME_MS + number);
        return;
    }
    buffer_printf(body, "{\"n\":%u,\"id/x\":\"k%u\"", number, number);
    if (form == POST_LARGE)
        append_filler(body);
    buffer_append_u8(body, '}');
}

static void append_body(struct buffer *body, enum post_form form, unsigned first, unsigned count) {
    static const char *const before[] = { "", "[", "\n", "{\"events\":[", "[", "[", "[" }; /* of enum post_form */
    static const char *const behind[] = { "", "]", "\n", "]}", "]", "]", "]" };
    buffer_append_text(body, before[form]);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_text(body, form == POST_LINES ? "\n" : ",");
        append_event(body, form, first + i);
    }
    buffer_append_text(body, behind[form]);
}

struct posting {
    const struct ledger *ledger;
    unsigned count;
};

/* All of its events are there, or none. */
static bool find_events(struct run *run, const void *context, bool *ret_there) {
    const struct posting *posting = context;
    char target[TARGET_BYTES];
    snprintf(target, sizeof target, "/topics/%s", posting->ledger->topic);
    json_t *topic = call_json(run, &(struct call){ .method = "GET", .target = target },
                              &(struct right){ 200, 0, NULL });

    json_t *partitions = json_object_get(topic, "partitions");
    json_int_t stored = 0;
    for (size_t i = 0; i < json_array_size(partitions); i++)
        stored += json_integer_value(json_object_get(json_array_get(partitions, i), "next_offset"));

    json_decref(topic);
    if (topic == NULL)
        return false;

    *ret_there = stored == posting->ledger->count + posting->count;
    return *ret_there || stored == posting->ledger->count ||
           run_wrong(run, "%s has %lld events; there were %u, and %u came", target, (long long)stored,
                     posting->ledger->count, posting->count);
}

bool ledger_post(struct run *run, struct ledger *ledger, enum post_form form) {
    static const char *const types[] = { NULL,
                                         "application/json",
                                         "application/x-ndjson",
                                         "application/vnd.tailrace.events+json",
                                         "application/json",
                                         NULL,
                                         NULL };
    autobuffer struct buffer body = { 0 };
    autobuffer struct buffer encoded = { 0 };
    struct posting posting = { ledger, form == POST_ONE ? 1 : POST_BATCH_EVENTS };
    char target[TARGET_BYTES];
    snprintf(target, sizeof target, "/topics/%s/events", ledger->topic);
    append_body(&body, form, run->next_number, posting.count);
    struct call call = { .method = "POST", .target = target, .type = types[form], .body = buffer_bytes(&body) };
    if (form == POST_GZIP || form == POST_ZSTD) {
        if (!coder_encode(form == POST_GZIP ? CODING_GZIP : CODING_ZSTD, CODER_FAST, call.body, &encoded))
            return run_wrong(run, "no memory");
        call.body = buffer_bytes(&encoded);
        call.headers = form == POST_GZIP ? "Content-Encoding: gzip\r\n" : "Content-Encoding: zstd\r\n";
    }
    if (ledger->count + posting.count > LEDGER_EVENTS_MAX || !call_write(run, &call, 200, find_events, &posting))
        return false;

    for (unsigned i = 0; i < posting.count; i++)
        ledger->numbers[ledger->count++] = run->next_number++;
    return true;
}

/* ---- reading ---- */

static bool find_number(const struct ledger *ledger, json_int_t number, unsigned *ret_index) {
    for (unsigned i = 0; i < ledger->count; i++) {
        *ret_index = i;
        if (ledger->numbers[i] == number)
            return true;
    }
    return false;
}

/* The bytes of a filler that is whole at the beginning of the text; 0: of none. */
static size_t filler_bytes(struct bytes text) {
    size_t begin = sizeof FILLER_BEGIN - 1;
    const char *x = text.data + begin;
    if (text.size <= begin + POST_LARGE_BYTES || x[POST_LARGE_BYTES] != '"' || x[0] != 'x' ||
        memcmp(x, x + 1, POST_LARGE_BYTES - 1) != 0)
        return 0;
    return begin + POST_LARGE_BYTES + 1;
}

/* The document of a text, without its fillers: jansson would read them byte by byte, in most of the time of the test. One that is
 * not whole stays, and event_is_whole finds it. */
static json_t *parse(struct bytes text) {
    autobuffer struct buffer shorter = { 0 };
    while (text.size > 0) {
        const char *begin = memmem(text.data, text.size, FILLER_BEGIN, sizeof FILLER_BEGIN - 1);
        size_t before = begin != NULL ? (size_t)(begin - text.data) : text.size;
        buffer_append(&shorter, text.data, before);
        text = (struct bytes){ text.data + before, text.size - before };
        size_t filler = begin != NULL ? filler_bytes(text) : 0;
        if (begin != NULL && filler == 0) {
            buffer_append_bytes(&shorter, text);
            break;
        }
        text = (struct bytes){ text.data + filler, text.size - filler };
    }

    return json_loadb(shorter.data, shorter.size, 0, NULL);
}

/* The members that an event must have. */
static bool event_is_whole(const struct ledger *ledger, const json_t *event, json_int_t number) {
    char key[16];
    const char *has_key = json_string_value(json_object_get(event, "key"));
    const char *has_topic = json_string_value(json_object_get(event, "topic"));
    const json_t *headers = json_object_get(event, "headers");
    const char *first = json_string_value(json_object_get(headers, "first"));
    snprintf(key, sizeof key, "k%lld", (long long)number);
    if (json_object_get(json_object_get(event, "value"), "filler") != NULL)
        return false;
    if (headers != NULL &&
        (first == NULL || strcmp(first, "abc") != 0 || json_object_size(headers) != 2 ||
         json_integer_value(json_object_get(event, "timestamp")) != (json_int_t)FIRST_TIME_MS + number))
        return false;
    return has_key != NULL && strcmp(has_key, key) == 0 && has_topic != NULL && strcmp(has_topic, ledger->topic) == 0;
}

static bool take_event(struct run *run, struct reading *reading, const json_t *event) {
    json_int_t partition = json_integer_value(json_object_get(event, "partition"));
    json_int_t offset = json_integer_value(json_object_get(event, "offset"));
    json_int_t number = json_integer_value(json_object_get(json_object_get(event, "value"), "n"));
    unsigned index;
    if (!find_number(reading->ledger, number, &index) || partition < 0 || partition >= LEDGER_PARTITIONS_MAX)
        return run_wrong(run, "event %lld of %s was never written", (long long)number, reading->ledger->topic);
    if (!event_is_whole(reading->ledger, event, number))
        return run_wrong(run, "event %lld of %s came without its key, its headers or all of its value",
                         (long long)number, reading->ledger->topic);
    if (reading->seen[index] || offset != (json_int_t)reading->next_offset[partition])
        return run_wrong(run, "event %lld of %s came at offset %lld of partition %lld, where %llu is next",
                         (long long)number, reading->ledger->topic, (long long)offset, (long long)partition,
                         (unsigned long long)reading->next_offset[partition]);

    reading->seen[index] = true;
    reading->next_offset[partition]++;
    reading->count++;
    return true;
}

bool reading_take(struct run *run, struct reading *reading, struct bytes text) {
    json_t *event = parse(text);
    bool good = event != NULL ? take_event(run, reading, event) : run_wrong(run, "an event that is no JSON");
    json_decref(event);
    return good;
}

static bool all_read(struct run *run, const struct reading *reading, const char *how) {
    return reading->count == reading->ledger->count ||
           run_wrong(run, "%s of %s brought %u events of %u", how, reading->ledger->topic, reading->count,
                     reading->ledger->count);
}

static bool check_link(struct run *run, const struct answer *answer, const char *cursor) {
    struct bytes link = client_header(answer, "Link");
    return (bytes_present(link) && memmem(link.data, link.size, cursor, strlen(cursor)) != NULL) ||
           run_wrong(run, "a page without its Link");
}

/* One page; *target becomes that of the next. */
static bool read_page(struct run *run, struct reading *reading, char target[TARGET_BYTES], bool *ret_more) {
    autoanswer struct answer answer = { 0 };
    if (!call_retry(run, &(struct call){ .method = "GET", .target = target }, &(struct right){ 200, 0, NULL }, &answer))
        return false;

    json_t *page = parse(answer.body);
    json_t *events = json_object_get(page, "events");
    const char *next = json_string_value(json_object_get(page, "next"));
    bool good = next != NULL && json_is_array(events) ? check_link(run, &answer, next)
                                                      : run_wrong(run, "%s: not a page", target);

    for (size_t i = 0; good && i < json_array_size(events); i++)
        good = take_event(run, reading, json_array_get(events, i));

    *ret_more = !json_is_true(json_object_get(page, "up_to_date"));
    if (good)
        snprintf(target, TARGET_BYTES, "/topics/%s/events?limit=2&cursor=%s", reading->ledger->topic, next);
    json_decref(page);
    return good;
}

bool ledger_read_json(struct run *run, const struct ledger *ledger, const char *query) {
    struct reading reading = { .ledger = ledger };
    char target[TARGET_BYTES];
    snprintf(target, sizeof target, "/topics/%s/events%s", ledger->topic, query);
    for (bool more = true; more;)
        if (!read_page(run, &reading, target, &more))
            return false;
    return all_read(run, &reading, "reading pages");
}

bool ledger_read_lines(struct run *run, const struct ledger *ledger, const char *query) {
    struct reading reading = { .ledger = ledger };
    char target[TARGET_BYTES];
    snprintf(target, sizeof target, "/topics/%s/events%s", ledger->topic, query);
    struct call call = { .method = "GET",
                         .target = target,
                         .headers = "Accept: text/html\r\nAccept: application/x-ndjson\r\n" };

    for (bool more = true; more;) {
        autoanswer struct answer answer = { 0 };
        if (!call_retry(run, &call, &(struct right){ 200, 0, NULL }, &answer))
            return false;
        struct bytes next = client_header(&answer, "Next-Cursor");
        struct bytes rest = answer.body;
        more = rest.size > 0;
        while (rest.size > 0)
            if (!reading_take(run, &reading, bytes_cut(&rest, '\n')))
                return false;
        if (next.size == 0)
            return run_wrong(run, "%s: no Next-Cursor", target);
        snprintf(target, sizeof target, "/topics/%s/events?limit=2&cursor=%.*s", ledger->topic, (int)next.size,
                 next.data);
    }

    return all_read(run, &reading, "reading lines");
}

/* The cursor behind all events. */
static bool find_end(struct run *run, const struct ledger *ledger, char ret_target[TARGET_BYTES]) {
    char target[TARGET_BYTES];
    snprintf(target, sizeof target, "/topics/%s/events?from=latest", ledger->topic);
    json_t *page = call_json(run, &(struct call){ .method = "GET", .target = target }, &(struct right){ 200, 0, NULL });
    const char *next = json_string_value(json_object_get(page, "next"));
    snprintf(ret_target, TARGET_BYTES, "/topics/%s/events?cursor=%s&wait_ms=%d", ledger->topic,
             next != NULL ? next : "", WAIT_MS);
    json_decref(page);
    return page != NULL;
}

bool ledger_wait(struct run *run, struct ledger *ledger) {
    autoanswer struct answer answer = { 0 };
    char target[TARGET_BYTES];
    struct call call = { .method = "GET", .target = target };
    int fd = find_end(run, ledger, target) ? client_send(run->port, &call, false) : -1;
    if (fd < 0)
        return run_wrong(run, "no connection");

    usleep(PARK_US); /* so that it waits by then, as a rule: the answer is the same when it does not */
    unsigned number = run->next_number;
    bool excused;
    bool good = ledger_post(run, ledger, POST_ONE);
    if (good)
        client_receive(fd, false, &answer);
    close(fd);
    if (!good)
        return false;
    if (answer.status == 0)
        return call_excused(run, &call, &answer);
    if (answer.status == 503)
        return call_check_unavailable(run, &call, &answer, &excused);

    json_t *page = json_loadb(answer.body.data, answer.body.size, 0, NULL);
    const json_t *event = json_array_get(json_object_get(page, "events"), 0);
    good = answer.status == 200 && event != NULL &&
           json_integer_value(json_object_get(json_object_get(event, "value"), "n")) == number;
    json_decref(page);
    return good || run_wrong(run, "%s: the event that was waited for did not come", target);
}

bool ledger_get_one(struct run *run, const struct ledger *ledger, unsigned partition) {
    char target[TARGET_BYTES];
    snprintf(target, sizeof target, "/topics/%s/events/%u/0", ledger->topic, partition);
    json_t *event = call_json(run, &(struct call){ .method = "GET", .target = target },
                              &(struct right){ 200, 0, NULL });
    struct reading reading = { .ledger = ledger };
    bool good = event != NULL && take_event(run, &reading, event);
    json_decref(event);
    return good;
}
