/* Streams that survive what fails: nothing is missed, nothing comes twice. */
#include "tests/alloc/streams.h"

#include <stdio.h>
#include <unistd.h>

enum { TARGET_BYTES = 1024, CONNECTS_MAX = 64 };

/* ---- what comes ---- */

static bool take_gap(struct stream *stream, struct bytes data) {
    static const char deleted[] = "\"reason\":\"deleted\"";
    stream->gap = true;
    return memmem(data.data, data.size, deleted, sizeof deleted - 1) != NULL ||
           run_wrong(stream->run, "a gap that is none: %.*s", (int)data.size, data.data);
}

static bool on_event(void *context, const struct sse_event *event) {
    struct stream *stream = context;
    bool good = true;
    if (bytes_equal(event->type, BYTES_LITERAL("gap")))
        good = take_gap(stream, event->data);
    else if (bytes_equal(event->type, BYTES_LITERAL("end")))
        stream->ended = true;
    else
        good = reading_take(stream->run, &stream->reading, event->data);
    stream->failed = stream->failed || !good;
    return good;
}

static bool take_line(struct stream *stream, struct bytes line) {
    json_t *document = json_loadb(line.data, line.size, 0, NULL);
    const char *next = json_string_value(json_object_get(document, "next"));
    bool good = true;
    if (next != NULL) {
        buffer_clear(&stream->position);
        buffer_append_text(&stream->position, next);
        stream->at_position = stream->reading;
    } else if (json_object_get(document, "gap") != NULL) {
        good = take_gap(stream, line);
    } else if (json_object_get(document, "end") != NULL) {
        stream->ended = true;
    } else {
        good = reading_take(stream->run, &stream->reading, line);
    }

    json_decref(document);
    return good;
}

static bool take_lines(struct stream *stream, struct bytes text) {
    buffer_append_bytes(&stream->line, text);
    struct bytes rest = buffer_bytes(&stream->line);
    while (rest.size > 0 && memchr(rest.data, '\n', rest.size) != NULL)
        if (!take_line(stream, bytes_cut(&rest, '\n')))
            return false;
    memmove(stream->line.data, rest.data, rest.size);
    stream->line.size = rest.size;
    return true;
}

static bool take_content(struct stream *stream, struct bytes text) {
    if (text.size == 0)
        return true;
    return stream->lines ? take_lines(stream, text) : sse_parser_feed(&stream->parser, text) && !stream->failed;
}

static bool take_text(struct stream *stream, struct bytes text) {
    while (text.size > 0) {
        struct bytes content = chunks_next(&stream->chunks, &text);
        if (stream->chunks.state == CHUNKS_FAULTY)
            return run_wrong(stream->run, "bytes that are no chunk: %.*s", (int)text.size, text.data);
        if (!take_content(stream, content))
            return false;
    }
    return true;
}

/* ---- connections ---- */

static void make_call(const struct stream *stream, char target[TARGET_BYTES], char headers[TARGET_BYTES]) {
    const char *topic = stream->reading.ledger->topic;
    const struct buffer *id = stream->lines ? &stream->position : &stream->parser.id;
    headers[0] = '\0';
    if (stream->lines && id->size > 0)
        snprintf(target, TARGET_BYTES, "/topics/%s/events?format=ndjson&follow=true&cursor=%.*s", topic, (int)id->size,
                 id->data);
    else
        snprintf(target, TARGET_BYTES, "/topics/%s/events?from=earliest&format=%s", topic,
                 stream->lines ? "ndjson&follow=true" : "sse");
    if (!stream->lines && id->size > 0)
        snprintf(headers, TARGET_BYTES, "Last-Event-ID: %.*s\r\n", (int)id->size, id->data);
}

static void forget_connection(struct stream *stream) {
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    stream->chunks = (struct chunks){ 0 };
    buffer_clear(&stream->line);
    if (stream->lines)
        stream->reading = stream->at_position;
    else
        sse_parser_restart(&stream->parser);
}

/* Once; without a connection afterwards it may be tried again. */
static bool connect_once(struct stream *stream) {
    autoanswer struct answer answer = { 0 };
    char target[TARGET_BYTES];
    char headers[TARGET_BYTES];
    bool written_not;
    make_call(stream, target, headers);
    struct call call = { .method = "GET", .target = target, .headers = headers };
    stream->fd = client_send(stream->run->port, &call, true);
    if (stream->fd >= 0)
        client_receive(stream->fd, true, &answer);
    if (answer.status == 200)
        return take_text(stream, answer.body);

    forget_connection(stream);
    if (answer.status == 0)
        return call_excused(stream->run, &call, &answer);
    if (stream->lines ? answer.status == 404 : answer.status == 204 && stream->gap) {
        stream->gap = stream->ended = true;
        return true;
    }
    if (answer.status == 503)
        return call_check_unavailable(stream->run, &call, &answer, &written_not);
    return run_wrong(stream->run, "%s: %u", target, answer.status);
}

static bool connect_stream(struct stream *stream) {
    for (int i = 0; i < CONNECTS_MAX && stream->fd < 0 && !stream->ended; i++)
        if (!connect_once(stream))
            return false;
    return stream->fd >= 0 || stream->ended || run_wrong(stream->run, "a stream cannot be opened");
}

bool stream_open(struct stream *stream, struct run *run, const struct ledger *ledger, bool lines) {
    *stream = (struct stream){ .run = run, .fd = -1, .lines = lines };
    stream->reading.ledger = ledger;
    stream->at_position = stream->reading;
    stream->parser.on_event = on_event;
    stream->parser.context = stream;
    return connect_stream(stream);
}

/* Some more text; comes again when the connection has ended. */
static bool read_some(struct stream *stream) {
    char text[16384];
    struct call call = { .method = "GET", .target = stream->reading.ledger->topic };
    ssize_t size = client_read(stream->fd, text, sizeof text);
    if (size > 0)
        return take_text(stream, (struct bytes){ text, (size_t)size });
    forget_connection(stream);
    return call_excused(stream->run, &call, &(struct answer){ .timed_out = size < 0 }) && connect_stream(stream);
}

bool stream_catch_up(struct stream *stream) {
    while (stream->reading.count < stream->reading.ledger->count && !stream->ended)
        if (!read_some(stream))
            return false;
    return !stream->ended || run_wrong(stream->run, "a stream ended while its topic was there");
}

bool stream_read_to_end(struct stream *stream) {
    while (!stream->ended)
        if (!read_some(stream))
            return false;
    return stream->gap || run_wrong(stream->run, "a stream ended and did not say what had gone");
}

void stream_close(struct stream *stream) {
    if (stream->fd >= 0)
        close(stream->fd);
    sse_parser_finish(&stream->parser);
    buffer_finish(&stream->line);
    buffer_finish(&stream->position);
}
