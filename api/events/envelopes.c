/* Envelopes: {"events":[{"value":…,"key":"…","headers":{…},"timestamp":…,"partition":…}…]}. The outer parts are read
 * by hand, so that each value may be as deep as an event may be, and keeps its bytes. */
#include "api/events/envelopes.h"

#include "api/http/given_time.h"
#include "gateway/json/json.h"

/* Reads one body from front to back. */
struct envelopes {
    char *text;
    size_t size;
    size_t at;
    const struct publish_event *defaults;
    struct arena *arena;
    struct body_events *events;
    struct publish_event event; /* the one that is being read */
    unsigned members;           /* of it, a bit each */
    const char *fault;          /* what is wrong with it; NULL: nothing so far */
    size_t fault_position;
    bool has_events;
};

typedef enum body_result (*read_member)(struct envelopes *envelopes, struct bytes name);

static char next_byte(struct envelopes *envelopes) {
    envelopes->at = json_skip_space(envelopes->text, envelopes->size, envelopes->at);
    if (envelopes->at == envelopes->size)
        return '\0';
    return envelopes->text[envelopes->at];
}

static enum body_result broken(struct envelopes *envelopes, const char *message) {
    return body_broken(envelopes->events, envelopes->at, message);
}

static enum body_result scan(struct envelopes *envelopes, struct bytes *ret_value) {
    size_t end;
    struct json_error error;
    next_byte(envelopes);
    if (!json_scan(envelopes->text, envelopes->size, envelopes->at, &end, &error))
        return body_broken(envelopes->events, error.position, error.message);
    *ret_value = (struct bytes){ envelopes->text + envelopes->at, end - envelopes->at };
    envelopes->at = end;
    return BODY_GOOD;
}

/* Behind an opening bracket: whether there is an item; else the closing one is taken, too. */
static bool begin_items(struct envelopes *envelopes, char close) {
    envelopes->at++;
    if (next_byte(envelopes) != close)
        return true;
    envelopes->at++;
    return false;
}

/* Behind an item: a comma, or the closing bracket. */
static enum body_result end_item(struct envelopes *envelopes, char close, bool *ret_more) {
    char byte = next_byte(envelopes);
    if (byte != ',' && byte != close)
        return broken(envelopes, close == '}' ? "expected , or }" : "expected , or ]");
    envelopes->at++;
    *ret_more = byte == ',';
    return BODY_GOOD;
}

static enum body_result read_member_pair(struct envelopes *envelopes, read_member read) {
    struct bytes name = BYTES_NONE;
    if (next_byte(envelopes) != '"')
        return broken(envelopes, "expected a member name");
    enum body_result result = scan(envelopes, &name);
    if (result != BODY_GOOD)
        return result;
    if (next_byte(envelopes) != ':')
        return broken(envelopes, "expected :");
    envelopes->at++;
    return read(envelopes, name);
}

/* An object, each member by `read`. */
static enum body_result read_object(struct envelopes *envelopes, read_member read) {
    if (next_byte(envelopes) != '{')
        return broken(envelopes, "expected an object");
    for (bool more = begin_items(envelopes, '}'); more;) {
        enum body_result result = read_member_pair(envelopes, read);
        if (result == BODY_GOOD)
            result = end_item(envelopes, '}', &more);
        if (result != BODY_GOOD)
            return result;
    }
    return BODY_GOOD;
}

static void fault(struct envelopes *envelopes, struct bytes at, const char *message) {
    if (envelopes->fault != NULL)
        return; /* the first is enough */
    envelopes->fault = message;
    envelopes->fault_position = (size_t)(at.data - envelopes->text);
}

/* The text of a string, in the arena. */
static enum body_result read_text(struct envelopes *envelopes, struct bytes value, const char *too_long,
                                  struct bytes *ret_text) {
    autobuffer struct buffer text = { 0 };
    if (json_kind_of(value) != JSON_KIND_STRING) {
        fault(envelopes, value, "expected a string");
        return BODY_GOOD;
    }
    bool whole = json_decode_string(value, &text);
    if (text.failed)
        return BODY_NO_MEMORY;
    if (!whole)
        fault(envelopes, value, "the string contains an unpaired surrogate escape");
    else if (text.size > LIMIT_KEY_BYTES)
        fault(envelopes, value, too_long);
    else
        *ret_text = (struct bytes){ arena_copy(envelopes->arena, buffer_bytes(&text).data, text.size), text.size };
    return whole && text.size <= LIMIT_KEY_BYTES && ret_text->data == NULL ? BODY_NO_MEMORY : BODY_GOOD;
}

static enum body_result read_key(struct envelopes *envelopes, struct bytes value) {
    return read_text(envelopes, value, "the key is longer than " LIMIT_TEXT(LIMIT_KEY_BYTES) " bytes",
                     &envelopes->event.key);
}

static size_t count_members(struct bytes object) {
    size_t count = 0;
    for (struct json_walk walk = json_walk(object); json_walk_next(&walk);)
        count++;
    return count;
}

static enum body_result read_headers(struct envelopes *envelopes, struct bytes value) {
    if (json_kind_of(value) != JSON_KIND_OBJECT) {
        fault(envelopes, value, "headers: expected an object of strings");
        return BODY_GOOD;
    }
    size_t count = count_members(value);
    if (count > LIMIT_HEADERS_PER_EVENT) {
        fault(envelopes, value, "an event can have at most " LIMIT_TEXT(LIMIT_HEADERS_PER_EVENT) " headers");
        return BODY_GOOD;
    }

    struct storage_header *headers = arena_array(envelopes->arena, count + 1, sizeof *headers);
    if (headers == NULL)
        return BODY_NO_MEMORY;

    size_t filled = 0;
    for (struct json_walk walk = json_walk(value); json_walk_next(&walk); filled++) {
        struct storage_header *header = &headers[filled];
        enum body_result result = read_text(envelopes, walk.name,
                                            "the header name is longer than " LIMIT_TEXT(LIMIT_KEY_BYTES) " bytes",
                                            &header->name);
        if (result == BODY_GOOD)
            result = read_text(envelopes, walk.value,
                               "the header value is longer than " LIMIT_TEXT(LIMIT_KEY_BYTES) " bytes", &header->value);
        if (result != BODY_GOOD)
            return result;
        if (bytes_begin_fold(header->name, BYTES_LITERAL("client-")))
            fault(envelopes, walk.name, "header names that start with client- are reserved");
        for (size_t i = 0; i < filled; i++)
            if (bytes_equal(headers[i].name, header->name))
                fault(envelopes, walk.name, "a header is given twice");
    }
    envelopes->event.headers = headers;
    envelopes->event.header_count = count;
    return BODY_GOOD;
}

static enum body_result read_timestamp(struct envelopes *envelopes, struct bytes value) {
    struct bytes text = value;
    if (json_kind_of(value) == JSON_KIND_STRING)
        text = (struct bytes){ value.data + 1, value.size - 2 };
    else if (json_kind_of(value) != JSON_KIND_NUMBER)
        text.size = 0;
    enum timestamp_result result = timestamp_parse(text, &envelopes->event.timestamp_ms);
    if (result == TIMESTAMP_GOOD)
        return BODY_GOOD;

    const char *why = "invalid timestamp";
    if (envelopes->events->errors.count < LIMIT_ERRORS_LISTED && envelopes->fault == NULL) /* else nobody reads it */
        why = arena_printf(envelopes->arena, "timestamp %s", given_time_fault(result, text, envelopes->arena));
    if (why == NULL)
        return BODY_NO_MEMORY;
    fault(envelopes, value, why);
    return BODY_GOOD;
}

static enum body_result read_partition(struct envelopes *envelopes, struct bytes value) {
    int64_t number = 0;
    for (size_t i = 0; i < value.size && number <= STORAGE_PARTITIONS_MAX; i++) {
        bool digit = value.data[i] >= '0' && value.data[i] <= '9';
        number = digit ? number * 10 + (value.data[i] - '0') : STORAGE_PARTITIONS_MAX + 1;
    }
    _Static_assert(STORAGE_PARTITIONS_MAX == 256, "the message says so");
    if (number >= STORAGE_PARTITIONS_MAX)
        fault(envelopes, value, "partition: expected a whole number from 0 to 255");
    else
        envelopes->event.partition = number;
    return BODY_GOOD;
}

static enum body_result read_value(struct envelopes *envelopes, struct bytes value) {
    envelopes->event.value = value;
    return BODY_GOOD;
}

static const struct {
    struct bytes name;
    enum body_result (*read)(struct envelopes *envelopes, struct bytes value);
    bool null_is_none;
} MEMBERS[] = {
    { BYTES_LITERAL("value"), read_value, false },        { BYTES_LITERAL("key"), read_key, true },
    { BYTES_LITERAL("headers"), read_headers, true },     { BYTES_LITERAL("timestamp"), read_timestamp, true },
    { BYTES_LITERAL("partition"), read_partition, true },
};

static enum body_result unknown(struct envelopes *envelopes, struct bytes name, enum body_result result) {
    const char *raw = arena_printf(envelopes->arena, "%.*s", (int)name.size, name.data);
    body_broken(envelopes->events, (size_t)(name.data - envelopes->text), raw != NULL ? raw : "?");
    return result;
}

static enum body_result read_event_member(struct envelopes *envelopes, struct bytes name) {
    if (json_string_is(name, BYTES_LITERAL("id")))
        return unknown(envelopes, name, BODY_NOT_SUPPORTED);
    for (unsigned i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
        if (!json_string_is(name, MEMBERS[i].name))
            continue;
        struct bytes value = { 0 };
        enum body_result result = scan(envelopes, &value);
        if (result != BODY_GOOD)
            return result;
        if ((envelopes->members & 1u << i) != 0)
            fault(envelopes, name, "a member is given twice");
        envelopes->members |= 1u << i;
        if (MEMBERS[i].null_is_none && json_kind_of(value) == JSON_KIND_NULL)
            return BODY_GOOD;
        return MEMBERS[i].read(envelopes, value);
    }
    return unknown(envelopes, name, BODY_UNKNOWN_MEMBER);
}

static enum body_result read_event(struct envelopes *envelopes) {
    next_byte(envelopes);
    size_t position = envelopes->at;
    if (envelopes->events->seen == envelopes->events->count_max)
        return BODY_TOO_MANY_EVENTS;

    envelopes->event = *envelopes->defaults;
    envelopes->members = 0;
    envelopes->fault = NULL;
    enum body_result result = read_object(envelopes, read_event_member);
    if (result != BODY_GOOD)
        return result;

    envelopes->event.index = envelopes->events->seen++;
    envelopes->event.position = position;
    if ((envelopes->members & 1) == 0)
        fault(envelopes, (struct bytes){ envelopes->text + position, 0 }, "value is missing");
    if (envelopes->fault == NULL)
        return body_add(envelopes->events, &envelopes->event);
    event_errors_add(&envelopes->events->errors, envelopes->event.index, envelopes->fault_position, envelopes->fault);
    return BODY_GOOD;
}

static enum body_result read_document_member(struct envelopes *envelopes, struct bytes name) {
    if (!json_string_is(name, BYTES_LITERAL("events")))
        return unknown(envelopes, name, BODY_UNKNOWN_MEMBER);
    if (envelopes->has_events)
        return broken(envelopes, "events is given twice");
    envelopes->has_events = true;

    if (next_byte(envelopes) != '[')
        return broken(envelopes, "events: expected an array");
    for (bool more = begin_items(envelopes, ']'); more;) {
        enum body_result result = read_event(envelopes);
        if (result == BODY_GOOD)
            result = end_item(envelopes, ']', &more);
        if (result != BODY_GOOD)
            return result;
    }
    return BODY_GOOD;
}

enum body_result envelopes_cut(char *text, size_t size, const struct publish_event *defaults, struct arena *arena,
                               struct body_events *events) {
    struct envelopes envelopes = { .text = text, .size = size, .defaults = defaults, .arena = arena, .events = events };
    next_byte(&envelopes);
    if (envelopes.at == size)
        return BODY_EMPTY;
    enum body_result result = read_object(&envelopes, read_document_member);
    if (result != BODY_GOOD)
        return result;
    next_byte(&envelopes);
    if (envelopes.at < size)
        return broken(&envelopes, "unexpected data after the JSON document");
    return envelopes.has_events ? BODY_GOOD : broken(&envelopes, "events is missing");
}
