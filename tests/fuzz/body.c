/* api/body and api/envelopes: the body of an append, cut into events. The first byte of the input says the form and the
 * defaults, the rest is the body.
 *
 * Every event is within its limits and its value is JSON within the body; every event of the body is there or
 * has an error, which says where. What was cut, written as envelopes and cut again, is the same. */
#include "api/events/body.h"
#include "gateway/json/json.h"
#include "gateway/read/event_json.h"
#include "gateway/timestamp.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>
#include <time.h>

enum { MANY_EVENTS = 100000, FEW_EVENTS = 4 };

static const struct publish_event NO_DEFAULTS = { .timestamp_ms = STORAGE_TIME_NONE,
                                                  .partition = PUBLISH_ANY_PARTITION };

static void check_text(struct bytes text) { fuzz_check(text.size <= LIMIT_KEY_BYTES && utf8_valid(text)); }

static void check_headers(const struct publish_event *event) {
    fuzz_check(event->header_count <= LIMIT_HEADERS_PER_EVENT);
    for (size_t i = 0; i < event->header_count; i++) {
        struct bytes name = event->headers[i].name;
        check_text(name);
        check_text(event->headers[i].value);
        fuzz_check(name.size < 7 || strncasecmp(name.data, "client-", 7) != 0);
        for (size_t j = 0; j < i; j++)
            fuzz_check(!bytes_equal(event->headers[j].name, name));
    }
}

static void check_value(struct bytes value, struct bytes body) {
    fuzz_check(fuzz_within(value, body) && value.size > 0);
    fuzz_check(memchr(value.data, '\n', value.size) == NULL && memchr(value.data, '\r', value.size) == NULL);
    autofree char *exact = fuzz_exact(value);
    size_t end;
    struct json_error error;
    fuzz_check(json_scan(exact, value.size, 0, &end, &error) && end == value.size);
}

static void check_event(enum body_form form, const struct publish_event *event, struct bytes body) {
    check_value(event->value, body);
    check_text(event->key);
    check_headers(event);
    fuzz_check(event->timestamp_ms >= STORAGE_TIME_NONE && event->timestamp_ms <= TIMESTAMP_MS_MAX);
    fuzz_check(event->partition >= PUBLISH_ANY_PARTITION && event->partition < STORAGE_PARTITIONS_MAX);
    fuzz_check(event->position < body.size);
    const char *begin = body.data + event->position;
    fuzz_check(form == BODY_FORM_ENVELOPES ? *begin == '{' && event->value.data > begin : event->value.data == begin);
}

static void check_errors(const struct body_events *events, enum body_result result, struct bytes body) {
    const struct event_errors *errors = &events->errors;
    for (size_t i = 0; i < errors->count && i < LIMIT_ERRORS_LISTED; i++) {
        const struct event_error *error = &errors->listed[i];
        fuzz_check(error->message != NULL && utf8_valid(bytes_text(error->message)));
        fuzz_check(error->position <= body.size);
        fuzz_check(error->index < events->seen || (result != BODY_GOOD && error->index == events->seen));
    }
}

/* The good events of a body, kept. */
struct kept {
    struct publish_event *items;
    size_t count;
    size_t capacity;
};

static enum status keep(void *context, const struct publish_event *event) {
    struct kept *kept = context;
    if (kept->count == kept->capacity) {
        kept->capacity = kept->capacity > 0 ? kept->capacity * 2 : 16;
        kept->items = mem_resize(kept->items, kept->capacity * sizeof kept->items[0]);
        fuzz_check(kept->items != NULL);
    }
    kept->items[kept->count++] = *event;
    return STATUS_OK;
}

static void check_result(const struct body_events *events, size_t count, enum body_result result, struct bytes body) {
    fuzz_check(events->seen <= events->count_max && count <= events->seen);
    check_errors(events, result, body);
    switch (result) {
    case BODY_GOOD: fuzz_check(count + events->errors.count == events->seen); break;
    case BODY_EMPTY: fuzz_check(events->seen == 0 && json_skip_space(body.data, body.size, 0) == body.size); break;
    case BODY_BROKEN:
    case BODY_UNKNOWN_MEMBER:
    case BODY_NOT_SUPPORTED: fuzz_check(events->errors.count == 1); break;
    case BODY_TOO_MANY_EVENTS: fuzz_check(events->seen == events->count_max); break;
    case BODY_NO_MEMORY: fuzz_check(!"there is memory"); break;
    }
}

/* As a number where one is taken: below, it would be seconds. */
static void append_time(struct buffer *text, int64_t ms) {
    char date[32];
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    if (ms >= TIMESTAMP_DIGITS_MIN) {
        buffer_printf(text, "%lld", (long long)ms);
        return;
    }
    gmtime_r(&seconds, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    buffer_printf(text, "\"%s.%03dZ\"", date, (int)(ms % 1000));
}

static void append_envelope(struct buffer *text, const struct publish_event *event) {
    buffer_append_text(text, "{\"value\":");
    buffer_append_bytes(text, event->value);
    if (bytes_present(event->key)) {
        buffer_append_text(text, ",\"key\":");
        json_append_string(text, event->key);
    }

    if (event->partition != PUBLISH_ANY_PARTITION)
        buffer_printf(text, ",\"partition\":%d", (int)event->partition);
    if (event->timestamp_ms != STORAGE_TIME_NONE) {
        buffer_append_text(text, ",\"timestamp\":");
        append_time(text, event->timestamp_ms);
    }

    if (event->header_count > 0)
        event_append_headers(text, event->headers, event->header_count);
    buffer_append_u8(text, '}');
}

static void check_same(const struct publish_event *a, const struct publish_event *b) {
    fuzz_check(bytes_equal(a->value, b->value) && fuzz_same(a->key, b->key));
    fuzz_check(a->timestamp_ms == b->timestamp_ms && a->partition == b->partition && a->index == b->index);
    fuzz_check(a->header_count == b->header_count);
    for (size_t i = 0; i < a->header_count; i++)
        fuzz_check(bytes_equal(a->headers[i].name, b->headers[i].name) &&
                   bytes_equal(a->headers[i].value, b->headers[i].value));
}

static void check_written_again(const struct kept *kept) {
    autoarena struct arena arena = { 0 };
    autobuffer struct buffer text = { 0 };
    struct kept again = { 0 };
    struct body_events events = { .add = keep, .context = &again, .count_max = MANY_EVENTS };
    buffer_append_text(&text, "{\"events\":[");

    for (size_t i = 0; i < kept->count; i++) {
        if (i > 0)
            buffer_append_u8(&text, ',');
        append_envelope(&text, &kept->items[i]);
    }

    buffer_append_text(&text, "]}");
    fuzz_check(body_cut(BODY_FORM_ENVELOPES, text.data, text.size, &NO_DEFAULTS, &arena, &events) == BODY_GOOD);
    fuzz_check(again.count == kept->count && events.errors.count == 0);

    for (size_t i = 0; i < kept->count; i++)
        check_same(&kept->items[i], &again.items[i]);
    mem_free(again.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    uint8_t how = fuzz_u8(&input);
    enum body_form form = (enum body_form)(how % 3);
    struct publish_event defaults = { .key = how & 0x10 ? BYTES_LITERAL("default") : BYTES_NONE,
                                      .timestamp_ms = how & 0x20 ? 7 : STORAGE_TIME_NONE,
                                      .partition = how & 0x40 ? 3 : PUBLISH_ANY_PARTITION };
    autoarena struct arena arena = { 0 };
    autofree char *text = fuzz_exact(input.left);
    struct bytes body = { text, input.left.size };
    struct kept kept = { 0 };
    struct body_events events = { .add = keep, .context = &kept, .count_max = how & 0x80 ? FEW_EVENTS : MANY_EVENTS };
    enum body_result result = body_cut(form, text, body.size, &defaults, &arena, &events);
    check_result(&events, kept.count, result, body);

    for (size_t i = 0; i < kept.count; i++) {
        fuzz_check(kept.items[i].index < events.seen);
        fuzz_check(i == 0 || kept.items[i].index > kept.items[i - 1].index);
        check_event(form, &kept.items[i], body);
    }

    if (result == BODY_GOOD && events.errors.count == 0)
        check_written_again(&kept);
    mem_free(kept.items);
    return 0;
}
