/* Lines out of bytes, fields out of lines, events out of fields. */
#include "tests/live/sse_parser.h"

static const struct bytes byte_order_mark = BYTES_LITERAL("\xef\xbb\xbf");

static bool begins_with(struct bytes text, struct bytes start) {
    return text.size >= start.size && memcmp(text.data, start.data, start.size) == 0;
}

static bool holds_nul(struct bytes text) { return text.size > 0 && memchr(text.data, '\0', text.size) != NULL; }

static void replace(struct buffer *buffer, struct bytes text) {
    buffer_clear(buffer);
    buffer_append_bytes(buffer, text);
}

static void take_retry(struct sse_parser *parser, struct bytes value) {
    int64_t number = 0;
    bool digits = value.size > 0 && value.size <= 9;
    for (size_t i = 0; i < value.size && digits; i++) {
        digits = value.data[i] >= '0' && value.data[i] <= '9';
        number = number * 10 + (value.data[i] - '0');
    }
    if (!digits) {
        parser->oddities++;
        return;
    }
    parser->retries++;
    parser->retry_ms = number;
}

static void take_id(struct sse_parser *parser, struct bytes value) {
    if (holds_nul(value)) {
        parser->oddities++;
        return;
    }
    parser->has_id = true;
    replace(&parser->next_id, value);
    if (parser->data.size == 0 && parser->type.size == 0) {
        parser->ids_alone++;
        replace(&parser->position, value);
    }
}

static void take_field(struct sse_parser *parser, struct bytes line) {
    struct bytes value = line;
    struct bytes name = bytes_cut(&value, ':');
    if (value.size > 0 && value.data[0] == ' ')
        value = (struct bytes){ value.data + 1, value.size - 1 };
    if (bytes_equal(name, BYTES_LITERAL("data"))) {
        buffer_append_bytes(&parser->data, value);
        buffer_append_u8(&parser->data, '\n');
    } else if (bytes_equal(name, BYTES_LITERAL("id"))) {
        take_id(parser, value);
    } else if (bytes_equal(name, BYTES_LITERAL("event"))) {
        replace(&parser->type, value);
    } else if (bytes_equal(name, BYTES_LITERAL("retry"))) {
        take_retry(parser, value);
    } else {
        parser->oddities++;
    }
}

/* An empty line: the id moves in any case, and what has data is an event. */
static bool dispatch(struct sse_parser *parser) {
    if (parser->has_id) {
        replace(&parser->id, buffer_bytes(&parser->next_id));
        replace(&parser->position, buffer_bytes(&parser->next_id));
    }
    parser->has_id = false;
    bool go_on = true;
    if (parser->data.size > 0) {
        struct sse_event event = { buffer_bytes(&parser->type), buffer_bytes(&parser->data),
                                   buffer_bytes(&parser->id) };
        event.data.size--; /* the LF behind its last line */
        go_on = parser->on_event(parser->context, &event);
    }

    buffer_clear(&parser->data);
    buffer_clear(&parser->type);
    return go_on;
}

static bool take_line(struct sse_parser *parser, struct bytes line) {
    if (!parser->begun && begins_with(line, byte_order_mark)) {
        line = (struct bytes){ line.data + byte_order_mark.size, line.size - byte_order_mark.size };
        parser->oddities++;
    }
    parser->begun = true;
    if (line.size == 0)
        return dispatch(parser);
    if (line.data[0] == ':')
        parser->comments++;
    else
        take_field(parser, line);
    return true;
}

/* The bytes before the first CR or LF; all of them when there is none. */
static size_t line_span(struct bytes bytes) {
    const char *feed = memchr(bytes.data, '\n', bytes.size);
    size_t span = feed != NULL ? (size_t)(feed - bytes.data) : bytes.size;
    const char *carriage = memchr(bytes.data, '\r', span);
    return carriage != NULL ? (size_t)(carriage - bytes.data) : span;
}

/* `part` is a line, or what was missing of the one that began earlier. */
static bool end_line(struct sse_parser *parser, struct bytes part) {
    if (parser->line.size == 0)
        return take_line(parser, part);
    buffer_append_bytes(&parser->line, part);
    bool go_on = take_line(parser, buffer_bytes(&parser->line));
    buffer_clear(&parser->line);
    return go_on;
}

bool sse_parser_feed(struct sse_parser *parser, struct bytes rest) {
    bool go_on = true;
    while (rest.size > 0 && go_on) {
        bool second_half = parser->after_cr && rest.data[0] == '\n';
        parser->after_cr = false;
        if (second_half) {
            rest = (struct bytes){ rest.data + 1, rest.size - 1 };
            continue;
        }
        size_t span = line_span(rest);
        struct bytes part = { rest.data, span };
        if (span == rest.size) {
            buffer_append_bytes(&parser->line, part);
            break;
        }
        parser->after_cr = rest.data[span] == '\r';
        parser->oddities += parser->after_cr;
        rest = (struct bytes){ rest.data + span + 1, rest.size - span - 1 };
        go_on = end_line(parser, part);
    }

    parser->failed = parser->failed || parser->line.failed || parser->data.failed || parser->type.failed ||
                     parser->id.failed || parser->next_id.failed || parser->position.failed;
    return go_on;
}

void sse_parser_restart(struct sse_parser *parser) {
    buffer_clear(&parser->line);
    buffer_clear(&parser->data);
    buffer_clear(&parser->type);
    parser->has_id = false;
    parser->after_cr = false;
    parser->begun = false;
}

void sse_parser_finish(struct sse_parser *parser) {
    buffer_finish(&parser->line);
    buffer_finish(&parser->data);
    buffer_finish(&parser->type);
    buffer_finish(&parser->id);
    buffer_finish(&parser->next_id);
    buffer_finish(&parser->position);
}
