/* api/live/stream_text and gateway/read/event_json: what streams say. The input makes a page of events and gaps in a few
 * partitions.
 *
 * Read back by a parser of server-sent events, in two pieces cut anywhere, or line by line, the text gives these gaps
 * and events, no more and no fewer, whatever the bytes of keys, headers and values; and each id is the position behind
 * its event. */
#include "api/live/stream_text.h"
#include "gateway/json/json.h"
#include "gateway/read/cursor.h"
#include "tests/fuzz/fuzz.h"
#include "tests/live/sse_parser.h"

enum { PARTITIONS = 3, RECORDS_MAX = 8, HEADERS_MAX = 3, GAPS_MAX = 3, EXPECTED_MAX = RECORDS_MAX + GAPS_MAX };

/* One thing that the stream is to say: the data, and the position of every partition behind it. */
struct expected {
    bool gap;
    bool readable; /* all of its text is UTF-8: then the data is JSON */
    bool has_id;   /* of gaps only the last brings one */
    struct buffer data;
    uint64_t next_offsets[PARTITIONS];
    const struct storage_record *record;
};

struct scene {
    struct arena arena;
    struct page page;
    struct storage_topic *topic;
    struct selected_partition partitions[PARTITIONS];
    struct page_position positions[PARTITIONS];
    struct page_chunk chunks[PARTITIONS];
    struct storage_record records[RECORDS_MAX];
    struct storage_header headers[RECORDS_MAX][HEADERS_MAX];
    struct page_gap gaps[GAPS_MAX];
    enum event_view view;
    struct expected expected[EXPECTED_MAX];
    size_t expected_count;
    size_t seen;
};

/* ---- making a page ---- */

/* Any value that an event can have: the bytes themselves if they are one, else a string of those that are ASCII. */
static struct bytes take_value(struct scene *scene, struct fuzz_input *input) {
    struct bytes raw = fuzz_run(input);
    char *text = arena_copy(&scene->arena, raw.data, raw.size);
    size_t end;
    struct json_error error;
    if (json_scan(text, raw.size, 0, &end, &error) && end == raw.size)
        return (struct bytes){ text, raw.size };
    autobuffer struct buffer string = { 0 };
    for (size_t i = 0; i < raw.size; i++)
        text[i] = (char)(raw.data[i] & 0x7f);
    json_append_string(&string, (struct bytes){ text, raw.size });
    return (struct bytes){ arena_copy(&scene->arena, string.data, string.size), string.size };
}

static void take_record(struct scene *scene, struct fuzz_input *input, size_t i, uint32_t partition, uint64_t offset) {
    struct storage_record *record = &scene->records[i];
    uint64_t time = fuzz_number(input);
    *record = (struct storage_record){ .offset = offset,
                                       .partition = partition,
                                       .timestamp_ms = (int64_t)(time >> 1),
                                       .received_at_ms = (int64_t)((time >> 1) ^ (time & 1)),
                                       .key = fuzz_maybe_run(input),
                                       .id = fuzz_maybe_run(input),
                                       .value = take_value(scene, input),
                                       .headers = scene->headers[i],
                                       .header_count = (size_t)fuzz_below(input, HEADERS_MAX + 1) };

    for (size_t h = 0; h < record->header_count; h++)
        scene->headers[i][h] = (struct storage_header){ fuzz_run(input), fuzz_run(input) };
}

/* The records lie side by side in each partition's chunk, in offset order. */
static void take_chunks(struct scene *scene, struct fuzz_input *input) {
    struct page_chunk **end = &scene->page.chunks;
    size_t used = 0;
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        struct page_chunk *chunk = &scene->chunks[p];
        uint64_t offset = fuzz_number(input) >> 1;
        size_t count = (size_t)fuzz_below(input, RECORDS_MAX - used + 1);
        *chunk = (struct page_chunk){ .topic = scene->topic, .read.records = &scene->records[used] };
        scene->positions[p] = (struct page_position){ .start_offset = offset, .stop_offset = UINT64_MAX };
        for (; chunk->read.record_count < count; chunk->read.record_count++, used++) {
            offset += fuzz_u8(input); /* perhaps over a hole */
            take_record(scene, input, used, p, offset++);
        }
        scene->positions[p].next_offset = offset;
        *end = chunk;
        end = &chunk->next;
    }

    scene->page.event_count = used;
}

static void take_gaps(struct scene *scene, struct fuzz_input *input) {
    size_t count = (size_t)fuzz_below(input, GAPS_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        uint8_t reason = fuzz_u8(input);
        scene->gaps[i] = (struct page_gap){ .next = i + 1 < count ? &scene->gaps[i + 1] : NULL,
                                            .reason = (enum page_gap_reason)(reason % 4),
                                            .topic = reason & 0x80 ? scene->topic->name : NULL,
                                            .partition = (uint32_t)fuzz_number(input),
                                            .from = fuzz_number(input),
                                            .to = fuzz_number(input) };
    }
    scene->page.gaps = count > 0 ? &scene->gaps[0] : NULL;
}

static void scene_make(struct scene *scene, struct fuzz_input *input) {
    const struct storage_settings settings = { .partitions = PARTITIONS };
    scene->view = fuzz_u8(input) % 2 == 0 ? EVENT_VIEW_WHOLE : EVENT_VIEW_VALUE;
    scene->topic = storage_topic_new("clicks", &settings);
    fuzz_check(scene->topic != NULL);
    scene->topic->id = fuzz_number(input);

    for (uint32_t p = 0; p < PARTITIONS; p++)
        scene->partitions[p] = (struct selected_partition){ .topic = scene->topic, .partition = p };

    scene->page = (struct page){ .arena = &scene->arena,
                                 .selection = { .partitions = scene->partitions, .partition_count = PARTITIONS },
                                 .positions = scene->positions };
    take_chunks(scene, input);
    take_gaps(scene, input);
    fuzz_check(page_positions_encode(&scene->page) == STATUS_OK);
}

static void scene_finish(struct scene *scene) {
    for (size_t i = 0; i < scene->expected_count; i++)
        buffer_finish(&scene->expected[i].data);
    buffer_finish(&scene->page.cursor);
    storage_topic_unref(scene->topic);
    arena_finish(&scene->arena);
}

/* ---- what it is to say ---- */

static bool is_readable(const struct storage_record *record) {
    bool readable = utf8_valid(record->key) && utf8_valid(record->id);
    for (size_t i = 0; i < record->header_count && readable; i++)
        readable = utf8_valid(record->headers[i].name) && utf8_valid(record->headers[i].value);
    return readable;
}

static void expect_all(struct scene *scene) {
    uint64_t next_offsets[PARTITIONS];
    for (size_t p = 0; p < PARTITIONS; p++)
        next_offsets[p] = scene->positions[p].start_offset;

    for (const struct page_gap *gap = scene->page.gaps; gap != NULL; gap = gap->next) {
        struct expected *expected = &scene->expected[scene->expected_count++];
        *expected = (struct expected){ .gap = true, .readable = true, .has_id = gap->next == NULL };
        memcpy(expected->next_offsets, next_offsets, sizeof next_offsets);
    }

    for (size_t i = 0; i < scene->page.event_count; i++) {
        const struct storage_record *record = &scene->records[i];
        struct expected *expected = &scene->expected[scene->expected_count++];
        next_offsets[record->partition] = record->offset + 1;
        *expected = (struct expected){ .has_id = true, .record = record };
        expected->readable = scene->view == EVENT_VIEW_VALUE || is_readable(record);
        memcpy(expected->next_offsets, next_offsets, sizeof next_offsets);
        event_append_json(&expected->data, scene->view, scene->topic, record);
    }
}

static void check_position(const struct scene *scene, const uint64_t next_offsets[PARTITIONS], struct bytes id) {
    autoarena struct arena arena = { 0 };
    struct cursor cursor;
    fuzz_check(cursor_decode(id, &arena, &cursor) == STATUS_OK && cursor.position_count == PARTITIONS);
    for (size_t p = 0; p < PARTITIONS; p++)
        fuzz_check(cursor.positions[p].topic_id == scene->topic->id && cursor.positions[p].partition == p &&
                   cursor.positions[p].next_offset == next_offsets[p]);
}

static void check_member(struct bytes object, const char *name, struct bytes text) {
    struct bytes found = BYTES_NONE;
    autobuffer struct buffer decoded = { 0 };
    for (struct json_walk walk = json_walk(object); json_walk_next(&walk);)
        if (json_string_is(walk.name, bytes_text(name)))
            found = walk.value;
    fuzz_check(bytes_present(found) == bytes_present(text));
    if (bytes_present(text))
        fuzz_check(json_decode_string(found, &decoded) && bytes_equal(buffer_bytes(&decoded), text));
}

/* The data is JSON on one line; of an event, with its bytes at the end and its texts in their members. */
static void check_data(const struct scene *scene, const struct expected *expected, struct bytes data) {
    autofree char *exact = fuzz_exact(data);
    size_t end;
    struct json_error error;
    fuzz_check(memchr(exact, '\n', data.size) == NULL && memchr(exact, '\r', data.size) == NULL);
    fuzz_check(!expected->readable || (json_scan(exact, data.size, 0, &end, &error) && end == data.size));
    if (expected->gap)
        return;

    fuzz_check(bytes_equal(data, buffer_bytes(&expected->data)));
    if (!expected->readable || scene->view == EVENT_VIEW_VALUE)
        return;

    struct bytes value = expected->record->value;
    fuzz_check(data.size > value.size && memcmp(exact + data.size - 1 - value.size, value.data, value.size) == 0);
    check_member((struct bytes){ exact, data.size }, "key", expected->record->key);
    check_member((struct bytes){ exact, data.size }, "id", expected->record->id);
}

/* ---- reading it back ---- */

static bool take_event(void *context, const struct sse_event *event) {
    struct scene *scene = context;
    if (scene->seen == scene->expected_count) { /* behind the page: the last words */
        fuzz_check(bytes_equal(event->type, BYTES_LITERAL("end")));
        scene->seen++;
        return true;
    }

    fuzz_check(scene->seen < scene->expected_count);
    const struct expected *expected = &scene->expected[scene->seen++];
    fuzz_check(bytes_equal(event->type, expected->gap ? BYTES_LITERAL("gap") : BYTES_LITERAL("")));
    if (expected->has_id)
        check_position(scene, expected->next_offsets, event->id);
    check_data(scene, expected, event->data);
    return true;
}

static void check_events(struct scene *scene, uint64_t cut) {
    autobuffer struct buffer text = { 0 };
    struct sse_parser parser = { .on_event = take_event, .context = scene };
    struct bytes cursor = buffer_bytes(&scene->page.cursor);
    stream_text_begin(&text, STREAM_SSE);
    fuzz_check(stream_text_page(&text, STREAM_SSE, scene->view, &scene->page));
    stream_text_heartbeat(&text, STREAM_SSE, cursor);
    stream_text_position(&text, STREAM_SSE, cursor);
    stream_text_end(&text, STREAM_SSE);
    size_t first = (size_t)(cut % (text.size + 1));
    autofree char *begin = fuzz_exact((struct bytes){ text.data, first });
    autofree char *rest = fuzz_exact((struct bytes){ text.data + first, text.size - first });
    fuzz_check(sse_parser_feed(&parser, (struct bytes){ begin, first }));
    fuzz_check(sse_parser_feed(&parser, (struct bytes){ rest, text.size - first }));
    fuzz_check(!parser.failed && parser.oddities == 0 && parser.line.size == 0 && parser.data.size == 0);
    fuzz_check(scene->seen == scene->expected_count + 1);
    fuzz_check(parser.comments == 2 && parser.retries == 1 && parser.ids_alone == 1);
    fuzz_check(bytes_equal(buffer_bytes(&parser.id), cursor));
    sse_parser_finish(&parser);
}

static struct bytes take_line(struct bytes *text) {
    fuzz_check(text->size > 0 && memchr(text->data, '\n', text->size) != NULL);
    return bytes_cut(text, '\n');
}

static void check_lines(struct scene *scene) {
    autobuffer struct buffer text = { 0 };
    autobuffer struct buffer next = { 0 };
    fuzz_check(stream_text_page(&text, STREAM_LINES, scene->view, &scene->page));
    struct bytes rest = buffer_bytes(&text);
    for (size_t i = 0; i < scene->expected_count; i++)
        check_data(scene, &scene->expected[i], take_line(&rest));
    if (scene->expected_count > 0) { /* nothing is said of an empty page */
        buffer_printf(&next, "{\"next\":\"%.*s\"}", (int)scene->page.cursor.size, scene->page.cursor.data);
        fuzz_check(bytes_equal(take_line(&rest), buffer_bytes(&next)));
    }
    fuzz_check(rest.size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    struct scene scene = { 0 };
    uint64_t cut = fuzz_number(&input);
    scene_make(&scene, &input);
    expect_all(&scene);
    check_events(&scene, cut);
    check_lines(&scene);
    scene_finish(&scene);
    return 0;
}
