/* JSON and newline-delimited JSON into events. */
#include "api/events/body.h"

#include "api/events/envelopes.h"
#include "api/http/media_type.h"
#include "gateway/json/json.h"

static enum body_result add_value(struct body_events *events, const struct publish_event *defaults, const char *text,
                                  size_t at, size_t end) {
    if (events->seen == events->count_max)
        return BODY_TOO_MANY_EVENTS;
    struct publish_event event = *defaults;
    event.value = (struct bytes){ text + at, end - at };
    event.index = events->seen++;
    event.position = at;
    return body_add(events, &event);
}

/* The elements of an array that begins at `at`. Scanned one by one, so that each may be as deep as an event may be. */
static enum body_result cut_array(char *text, size_t size, size_t at, const struct publish_event *defaults,
                                  struct body_events *events, size_t *ret_end) {
    at = json_skip_space(text, size, at + 1);
    if (at < size && text[at] == ']') {
        *ret_end = at + 1;
        return BODY_GOOD;
    }
    for (;;) {
        size_t end;
        struct json_error error;
        at = json_skip_space(text, size, at);
        if (!json_scan(text, size, at, &end, &error))
            return body_broken(events, error.position, error.message);
        enum body_result result = add_value(events, defaults, text, at, end);
        if (result != BODY_GOOD)
            return result;
        at = json_skip_space(text, size, end);
        if (at < size && text[at] == ']') {
            *ret_end = at + 1;
            return BODY_GOOD;
        }
        if (at == size || text[at] != ',')
            return body_broken(events, at, "expected , or ]");
        at++;
    }
}

/* A body that is not one JSON value: says what the sender may have meant, if that can be seen. */
static enum body_result broken_json(struct body_events *events, struct bytes text, size_t position,
                                    const char *message) {
    if (media_looks_like_form(text))
        return body_broken(events, 0, MEDIA_IS_FORM);
    return body_broken(events, position, message);
}

/* What is wrong behind the first value. */
static const char *fault_behind(char next) {
    bool begins_value = next != '\0' && strchr("{[\"-0123456789tfn", next) != NULL;
    return begins_value
               ? "unexpected second JSON value; send several one per line as application/x-ndjson, or as an array"
               : "unexpected data after the JSON value";
}

static enum body_result cut_json(char *text, size_t size, const struct publish_event *defaults,
                                 struct body_events *events) {
    size_t at = json_skip_space(text, size, 0);
    struct bytes all = { text + at, size - at };
    size_t end = at;
    enum body_result result;
    if (at == size)
        return BODY_EMPTY;
    if (text[at] == '[') {
        result = cut_array(text, size, at, defaults, events, &end);
    } else {
        struct json_error error;
        if (!json_scan(text, size, at, &end, &error))
            return broken_json(events, all, error.position, error.message);
        result = add_value(events, defaults, text, at, end);
    }
    if (result != BODY_GOOD)
        return result;
    at = json_skip_space(text, size, end);
    return at == size ? BODY_GOOD : broken_json(events, all, at, fault_behind(text[at]));
}

/* One line; a bad one is an error of that event alone. */
static enum body_result cut_line(char *text, size_t from, size_t to, const struct publish_event *defaults,
                                 struct body_events *events) {
    size_t at = json_skip_space(text, to, from);
    size_t end;
    struct json_error error;
    if (at == to)
        return BODY_GOOD; /* empty lines are skipped */
    if (json_scan(text, to, at, &end, &error)) {
        size_t rest = json_skip_space(text, to, end);
        if (rest == to)
            return add_value(events, defaults, text, at, end);
        error = (struct json_error){ .position = rest, .message = "unexpected data after the JSON value" };
    }
    if (events->seen == events->count_max)
        return BODY_TOO_MANY_EVENTS;
    event_errors_add(&events->errors, events->seen++, error.position, error.message);
    return BODY_GOOD;
}

static enum body_result cut_lines(char *text, size_t size, const struct publish_event *defaults,
                                  struct body_events *events) {
    if (size == 0)
        return BODY_EMPTY;
    for (size_t from = 0; from < size;) {
        const char *lf = memchr(text + from, '\n', size - from);
        size_t to = lf != NULL ? (size_t)(lf - text) : size;
        enum body_result result = cut_line(text, from, to, defaults, events);
        if (result != BODY_GOOD)
            return result;
        from = to + 1;
    }
    return BODY_GOOD;
}

enum body_result body_cut(enum body_form form, char *text, size_t size, const struct publish_event *defaults,
                          struct arena *arena, struct body_events *events) {
    switch (form) {
    case BODY_FORM_JSON: return cut_json(text, size, defaults, events);
    case BODY_FORM_NDJSON: return cut_lines(text, size, defaults, events);
    case BODY_FORM_ENVELOPES: return envelopes_cut(text, size, defaults, arena, events);
    }
    return BODY_BROKEN;
}
