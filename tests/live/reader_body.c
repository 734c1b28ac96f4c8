/* Heads and bodies of streams, strictly: whatever our server has no reason to send is a fault. */
#include "tests/live/reader_body.h"

#include "base/clock.h"

enum { CUT_BYTES_MAX = 600 };

/* xorshift64: reproducible, and good enough for where to cut. */
static uint64_t random_next(struct readers_common *common) {
    common->random ^= common->random << 13;
    common->random ^= common->random >> 7;
    common->random ^= common->random << 17;
    return common->random;
}

void reader_body_plan_cut(struct reader *reader) {
    const struct client_options *options = reader->common->options;
    uint64_t share = (uint64_t)(options->expect / (options->cuts + 1));
    reader->next_cut = (reader->cuts + 1) * share;
    reader->cut_bytes = (size_t)(random_next(reader->common) % CUT_BYTES_MAX);
}

/* An event, of either format. */
static void take_event(struct reader *reader, struct bytes text) {
    int64_t now = clock_monotonic_ms();
    if (reader->events == 0)
        reader->first_event_ms = now;
    reader->last_event_ms = now;
    reader->events++;
    const struct client_options *options = reader->common->options;
    reader->complete = options->expect > 0 && reader->events >= (uint64_t)options->expect;
    enum order_fault fault = order_take(&reader->order, &reader->common->names, text, options->whole);
    if (fault != ORDER_FINE)
        reader_fault(reader, "%s (event %llu, connection %llu): %.*s", order_fault_name(fault),
                     (unsigned long long)reader->events, (unsigned long long)reader->connections,
                     (int)(text.size < 100 ? text.size : 100), text.data);
    else if (options->expect > 0 && reader->events > (uint64_t)options->expect)
        reader_fault(reader, "more events than the %lld there are", (long long)options->expect);
}

static bool on_event(void *context, const struct sse_event *event) {
    struct reader *reader = context;
    if (event->id.size == 0)
        reader_fault(reader, "an event without an id");
    else if (event->type.size == 0)
        take_event(reader, event->data);
    else if (bytes_equal(event->type, BYTES_LITERAL("gap")))
        reader->gaps++;
    else if (bytes_equal(event->type, BYTES_LITERAL("end")))
        reader->ends++;
    else
        reader_fault(reader, "an event of type %.*s", (int)event->type.size, event->type.data);
    return reader->state == READER_STREAM;
}

void reader_body_init(struct reader *reader) {
    reader->parser = (struct sse_parser){ .on_event = on_event, .context = reader };
    if (reader->common->options->cuts > 0)
        reader_body_plan_cut(reader);
}

/* The value of a header in a head that is whole, white space left and right gone; none: no data. */
static struct bytes header_value(struct bytes head, const char *name) {
    size_t size = strlen(name);
    while (head.size > 0) {
        struct bytes line = bytes_cut(&head, '\n');
        if (line.size <= size || line.data[size] != ':' || strncasecmp(line.data, name, size) != 0)
            continue;
        struct bytes value = { line.data + size + 1, line.size - size - 1 };
        while (value.size > 0 && value.data[0] == ' ')
            value = (struct bytes){ value.data + 1, value.size - 1 };
        while (value.size > 0 && (value.data[value.size - 1] == '\r' || value.data[value.size - 1] == ' '))
            value.size--;
        return value;
    }

    return BYTES_NONE;
}

bool reader_body_head(struct reader *reader, struct bytes head) {
    struct bytes rest = head;
    struct bytes line = bytes_cut(&rest, '\n');
    bool ended = line.size >= 12 && memcmp(line.data + 9, "204", 3) == 0;
    if (line.size < 12 || memcmp(line.data, "HTTP/1.", 7) != 0 || (!ended && memcmp(line.data + 9, "200", 3) != 0)) {
        reader_fault(reader, "answered %.*s", (int)(line.size < 80 ? line.size : 80), line.data);
        return false;
    }
    if (ended) {
        reader->state = READER_FINISHED;
        return false;
    }

    const char *wanted = reader->common->options->format == STREAM_SSE ? "text/event-stream" : "application/x-ndjson";
    struct bytes type = header_value(rest, "Content-Type");
    type = bytes_cut(&type, ';');
    if (!bytes_equal(type, bytes_text(wanted)))
        reader_fault(reader, "Content-Type: %.*s", (int)type.size, type.data != NULL ? type.data : "");
    else if (!bytes_equal(header_value(rest, "Transfer-Encoding"), BYTES_LITERAL("chunked")) ||
             bytes_present(header_value(rest, "Content-Length")))
        reader_fault(reader, "a stream that is not chunked, or has a Content-Length");

    return reader->state == READER_HEAD;
}

static void take_line(struct reader *reader, struct bytes line) {
    static const struct bytes cursor = BYTES_LITERAL("{\"next\":\"");
    bool is_cursor = line.size > cursor.size && memcmp(line.data, cursor.data, cursor.size) == 0;
    if (!is_cursor)
        take_event(reader, line);
}

static void take_lines(struct reader *reader, struct bytes rest) {
    while (rest.size > 0 && reader->state == READER_STREAM) {
        bool ends = memchr(rest.data, '\n', rest.size) != NULL;
        struct bytes line = bytes_cut(&rest, '\n');
        if (!ends || reader->line.size > 0) {
            buffer_append_bytes(&reader->line, line);
            line = buffer_bytes(&reader->line);
        }
        if (ends) {
            take_line(reader, line);
            buffer_clear(&reader->line);
        }
    }
}

void reader_body_take(struct reader *reader, struct bytes bytes) {
    while (bytes.size > 0 && reader->state == READER_STREAM) {
        struct bytes content = chunks_next(&reader->chunks, &bytes);
        if (reader->chunks.state == CHUNKS_FAULTY)
            reader_fault(reader, "bytes that are no chunk");
        else if (reader->common->options->format == STREAM_NDJSON)
            take_lines(reader, content);
        else
            sse_parser_feed(&reader->parser, content);
    }
    if (reader->state != READER_STREAM)
        return;
    if (reader->parser.failed || reader->line.failed)
        reader_fault(reader, "no memory");
    else if (reader->parser.oddities > 0)
        reader_fault(reader, "bytes that no stream of ours should hold");
}
