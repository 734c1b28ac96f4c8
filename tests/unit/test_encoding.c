/* api/encoding, the coders: every way of cutting a body into pieces, everything that is no body, and what it costs. */
#include "api/http/encoding/coder.h"
#include "tests/unit/unit.h"

static const enum coding CODED[] = { CODING_GZIP, CODING_ZSTD };
enum { CODED_COUNT = sizeof CODED / sizeof CODED[0], ROOM_BYTES = 4096 };

/* ---- zstd frames by hand (RFC 8878) ---- */

enum {
    FRAME_CHECKSUM = 0x04,
    FRAME_DICTIONARY = 0x01,
    FRAME_ONE_SEGMENT = 0x20,
    BLOCK_RAW = 0,
    BLOCK_RLE = 1,
    BLOCK_BYTES_MAX = 128 << 10
};
enum { WINDOW_8_MIB = 13 << 3, WINDOW_9_MIB = 13 << 3 | 1, WINDOW_1_KIB = 0 };

static void add_frame_header(struct buffer *frame, unsigned flags, unsigned window) {
    buffer_append(frame, "\x28\xb5\x2f\xfd", 4);
    buffer_append_u8(frame, (uint8_t)flags);
    buffer_append_u8(frame, (uint8_t)window);
}

static void add_block_header(struct buffer *frame, unsigned type, size_t size, bool last) {
    size_t header = (size_t)last | type << 1 | size << 3;
    for (unsigned i = 0; i < 3; i++)
        buffer_append_u8(frame, (uint8_t)(header >> (8 * i)));
}

static void add_raw_frame(struct buffer *frame, unsigned window, const char *text) {
    add_frame_header(frame, 0, window);
    add_block_header(frame, BLOCK_RAW, strlen(text), true);
    buffer_append_text(frame, text);
}

static void add_skipped_frame(struct buffer *frame) { buffer_append(frame, "\x5a\x2a\x4d\x18\x03\0\0\0abc", 11); }

/* ---- decoding ---- */

struct outcome {
    enum coder_result result;
    const char *fault;
    size_t memory_bytes;
    struct buffer text;
};

/* Feeds input until it is taken, in rooms of that size. */
static void feed(struct coder *coder, struct bytes input, bool last, size_t room_bytes, struct outcome *outcome) {
    do {
        char room[ROOM_BYTES];
        size_t made = SIZE_MAX;
        outcome->result = coder_run(coder, &input, last, room, room_bytes, &made);
        ck_assert_uint_le(made, room_bytes);
        buffer_append(&outcome->text, room, made);
    } while (outcome->result == CODER_FULL);
    ck_assert(outcome->result != CODER_DONE || input.size == 0);
    ck_assert_int_ne(outcome->result, CODER_NO_MEMORY);
}

/* Decodes input that comes in two pieces, each an exact copy on the heap. */
static struct outcome decode_in_two(enum coding coding, struct bytes input, size_t cut, size_t room_bytes) {
    struct outcome outcome = { .fault = "" };
    autofree char *first = unit_exact(input.data, cut);
    autofree char *second = unit_exact(input.data + cut, input.size - cut);
    struct coder *coder = coder_decoder_create(coding);
    ck_assert_ptr_nonnull(coder);
    feed(coder, (struct bytes){ first, cut }, false, room_bytes, &outcome);
    if (outcome.result == CODER_DONE)
        feed(coder, (struct bytes){ second, input.size - cut }, false, room_bytes, &outcome);
    if (outcome.result == CODER_DONE)
        feed(coder, (struct bytes){ "", 0 }, true, room_bytes, &outcome);
    if (outcome.result == CODER_INVALID)
        outcome.fault = coder_fault(coder);
    outcome.memory_bytes = coder_memory_bytes(coder);
    coder_destroy(coder);
    return outcome;
}

static struct outcome decode(enum coding coding, struct bytes input) {
    return decode_in_two(coding, input, input.size, ROOM_BYTES);
}

static void expect_text(enum coding coding, struct bytes input, const char *text) {
    struct outcome outcome = decode(coding, input);
    ck_assert_msg(outcome.result == CODER_DONE, "%s: %s", coding_name(coding), outcome.fault);
    unit_assert_bytes(buffer_bytes(&outcome.text), text);
    buffer_finish(&outcome.text);
}

static void expect_fault(enum coding coding, struct bytes input, const char *fault) {
    struct outcome outcome = decode(coding, input);
    ck_assert_int_eq(outcome.result, CODER_INVALID);
    ck_assert_msg(strstr(outcome.fault, fault) != NULL, "%s: got <%s>, expected <%s>", coding_name(coding),
                  outcome.fault, fault);
    buffer_finish(&outcome.text);
}

static void encode(enum coding coding, const char *text, struct buffer *encoded) {
    ck_assert(coder_encode(coding, CODER_FAST, bytes_text(text), encoded));
}

/* `[1,2,3]` in the form that a command-line tool gives it: with a checksum, and for gzip with the name of a file. */
static const char TOOL_GZIP[] = "\x1f\x8b\x08\x08\x92\x2d\xa5\x69\x02\xff\x61\x00\x8b\x36\xd4\x31"
                                "\xd2\x31\x8e\x05\x00\xe9\xb3\x6d\xfd\x07\x00\x00\x00";
static const char TOOL_ZSTD[] = "\x28\xb5\x2f\xfd\x24\x07\x39\x00\x00\x5b"
                                "\x31\x2c\x32\x2c\x33\x5d\xf1\xc6\xe1\x83";
static const struct bytes TOOL[] = {
    [CODING_GZIP] = BYTES_LITERAL(TOOL_GZIP),
    [CODING_ZSTD] = BYTES_LITERAL(TOOL_ZSTD),
};

START_TEST(what_a_tool_made) {
    for (unsigned i = 0; i < CODED_COUNT; i++)
        expect_text(CODED[i], TOOL[CODED[i]], "[1,2,3]");
}
END_TEST

/* Two of a tool's and an empty one between them; for zstd one to be skipped too. */
static void make_several(enum coding coding, struct buffer *several) {
    buffer_append_bytes(several, TOOL[coding]);
    encode(coding, "", several);
    if (coding == CODING_ZSTD)
        add_skipped_frame(several);
    buffer_append_bytes(several, TOOL[coding]);
}

START_TEST(several_in_a_row_cut_everywhere) {
    static const size_t rooms[] = { 1, 2, 7, 8, ROOM_BYTES };
    for (unsigned i = 0; i < CODED_COUNT; i++) {
        autobuffer struct buffer several = { 0 };
        make_several(CODED[i], &several);
        for (size_t cut = 0; cut <= several.size; cut++) {
            for (unsigned room = 0; room < sizeof rooms / sizeof rooms[0]; room++) {
                struct outcome outcome = decode_in_two(CODED[i], buffer_bytes(&several), cut, rooms[room]);
                ck_assert_msg(outcome.result == CODER_DONE, "%s, cut at %zu: %s", coding_name(CODED[i]), cut,
                              outcome.fault);
                unit_assert_bytes(buffer_bytes(&outcome.text), "[1,2,3][1,2,3]");
                buffer_finish(&outcome.text);
            }
        }
    }
}
END_TEST

START_TEST(byte_by_byte) {
    for (unsigned i = 0; i < CODED_COUNT; i++) {
        struct outcome outcome = { .fault = "" };
        struct coder *coder = coder_decoder_create(CODED[i]);
        for (size_t at = 0; at < TOOL[CODED[i]].size; at++)
            feed(coder, (struct bytes){ TOOL[CODED[i]].data + at, 1 }, false, 1, &outcome);
        feed(coder, (struct bytes){ "", 0 }, true, 1, &outcome);
        coder_destroy(coder);
        unit_assert_bytes(buffer_bytes(&outcome.text), "[1,2,3]");
        buffer_finish(&outcome.text);
    }
}
END_TEST

START_TEST(cut_short_anywhere) {
    for (unsigned i = 0; i < CODED_COUNT; i++) {
        expect_fault(CODED[i], BYTES_LITERAL(""), "it is empty");
        for (size_t size = 1; size < TOOL[CODED[i]].size; size++) {
            autobuffer struct buffer second = { 0 };
            buffer_append_bytes(&second, TOOL[CODED[i]]);
            buffer_append(&second, TOOL[CODED[i]].data, size);
            expect_fault(CODED[i], (struct bytes){ TOOL[CODED[i]].data, size }, "it is cut short");
            expect_fault(CODED[i], buffer_bytes(&second), "it is cut short");
        }
    }
}
END_TEST

START_TEST(bytes_behind_the_end) {
    static const struct bytes behind[] = { BYTES_LITERAL("x"), BYTES_LITERAL("\0"), BYTES_LITERAL("\0\0\0\0"),
                                           BYTES_LITERAL("\x1f\x8c\x08"), BYTES_LITERAL("\x28\xb5\x2f\xfc\x00") };
    for (unsigned i = 0; i < CODED_COUNT; i++) {
        for (unsigned j = 0; j < sizeof behind / sizeof behind[0]; j++) {
            autobuffer struct buffer body = { 0 };
            buffer_append_bytes(&body, TOOL[CODED[i]]);
            buffer_append_bytes(&body, behind[j]);
            expect_fault(CODED[i], buffer_bytes(&body), "unexpected bytes follow its end");
        }
    }
}
END_TEST

START_TEST(not_this_coding) {
    expect_fault(CODING_GZIP, TOOL[CODING_ZSTD], "does not begin as gzip does");
    expect_fault(CODING_ZSTD, TOOL[CODING_GZIP], "does not begin as zstd does");
    expect_fault(CODING_GZIP, BYTES_LITERAL("[1]"), "does not begin as gzip does");
    expect_fault(CODING_ZSTD, BYTES_LITERAL("[1]"), "does not begin as zstd does");
    expect_fault(CODING_GZIP, BYTES_LITERAL("\x78\x9c\x03\x00\x00\x00\x00\x01"),
                 "does not begin as gzip does"); /* zlib */
    expect_fault(CODING_ZSTD, BYTES_LITERAL("\x27\xb5\x2f\xfd\0\0\0\0\0\0"),
                 "does not begin as zstd does"); /* zstd 0.7 */
}
END_TEST

/* A bit that is another one is seen, but for those that say nothing of the text: gzip's time, system and file name. */
START_TEST(every_bit_counts) {
    for (unsigned i = 0; i < CODED_COUNT; i++) {
        for (size_t bit = 0; bit < 8 * TOOL[CODED[i]].size; bit++) {
            autobuffer struct buffer body = { 0 };
            buffer_append_bytes(&body, TOOL[CODED[i]]);
            body.data[bit / 8] = (char)(body.data[bit / 8] ^ 1 << bit % 8);
            struct outcome outcome = decode(CODED[i], buffer_bytes(&body));
            ck_assert(outcome.result == CODER_INVALID ||
                      bytes_equal(buffer_bytes(&outcome.text), BYTES_LITERAL("[1,2,3]")));
            buffer_finish(&outcome.text);
        }
    }
}
END_TEST

START_TEST(checksums) {
    for (unsigned i = 0; i < CODED_COUNT; i++) {
        autobuffer struct buffer body = { 0 };
        buffer_append_bytes(&body, TOOL[CODED[i]]);
        size_t at = CODED[i] == CODING_GZIP ? body.size - 8 : body.size - 1;
        body.data[at] = (char)(body.data[at] ^ 0x10);
        expect_fault(CODED[i], buffer_bytes(&body), "its checksum does not match");
    }
    autobuffer struct buffer length = { 0 };
    buffer_append_bytes(&length, TOOL[CODING_GZIP]);
    length.data[length.size - 4]++;
    expect_fault(CODING_GZIP, buffer_bytes(&length), "its length does not match");
}
END_TEST

START_TEST(zstd_windows) {
    autobuffer struct buffer most = { 0 };
    autobuffer struct buffer more = { 0 };
    add_raw_frame(&most, WINDOW_8_MIB, "{}");
    add_raw_frame(&more, WINDOW_9_MIB, "{}");
    expect_text(CODING_ZSTD, buffer_bytes(&most), "{}");
    expect_fault(CODING_ZSTD, buffer_bytes(&more), "a window of more than 8 MiB");

    /* What nobody has written to does not count. */
    struct outcome outcome = decode(CODING_ZSTD, buffer_bytes(&most));
    ck_assert_uint_le(outcome.memory_bytes, 512 << 10);
    buffer_finish(&outcome.text);
}
END_TEST

/* A frame of one segment with one byte for the size of its text (RFC 8878 3.1.1.1.4). */
static void add_sized_frame(struct buffer *frame, unsigned size, const char *text) {
    add_frame_header(frame, FRAME_ONE_SEGMENT, size);
    add_block_header(frame, BLOCK_RAW, strlen(text), true);
    buffer_append_text(frame, text);
}

/* libzstd checks it when a frame comes whole, and not always when it comes in pieces. */
START_TEST(zstd_length) {
    static const char *const texts[] = { "", "1", "{}" };
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned size = 0; size < 5; size++) {
            autobuffer struct buffer frame = { 0 };
            add_skipped_frame(&frame);
            add_sized_frame(&frame, size, texts[i]);
            if (size == strlen(texts[i]))
                expect_text(CODING_ZSTD, buffer_bytes(&frame), texts[i]);
            else
                expect_fault(CODING_ZSTD, buffer_bytes(&frame), "");
        }
    }
    expect_fault(CODING_ZSTD, BYTES_LITERAL("\x28\xb5\x2f\xfd\x60\x48\x00\x01\x00\x00"), "its length does not match");
}
END_TEST

START_TEST(zstd_dictionary) {
    autobuffer struct buffer frame = { 0 };
    add_frame_header(&frame, FRAME_DICTIONARY, WINDOW_1_KIB);
    buffer_append_u8(&frame, 7);
    add_block_header(&frame, BLOCK_RAW, 0, true);
    expect_fault(CODING_ZSTD, buffer_bytes(&frame), "it needs a dictionary");
}
END_TEST

START_TEST(zstd_frames_to_be_skipped) {
    autobuffer struct buffer frames = { 0 };
    add_skipped_frame(&frames);
    expect_text(CODING_ZSTD, buffer_bytes(&frames), "");
    add_raw_frame(&frames, WINDOW_1_KIB, "1");
    add_skipped_frame(&frames);
    expect_text(CODING_ZSTD, buffer_bytes(&frames), "1");
}
END_TEST

/* A gigabyte out of a few bytes: the room is never passed, and the decoder holds its window. */
START_TEST(zstd_bomb) {
    autobuffer struct buffer bomb = { 0 };
    size_t total = 0;
    add_frame_header(&bomb, 0, WINDOW_8_MIB);

    for (unsigned i = 0; i < (1 << 30) / BLOCK_BYTES_MAX; i++) {
        add_block_header(&bomb, BLOCK_RLE, BLOCK_BYTES_MAX, i + 1 == (1 << 30) / BLOCK_BYTES_MAX);
        buffer_append_u8(&bomb, '0');
    }

    struct bytes input = buffer_bytes(&bomb);
    struct coder *coder = coder_decoder_create(CODING_ZSTD);
    enum coder_result result = CODER_FULL;
    for (size_t made = 0; result == CODER_FULL; total += made) {
        char room[ROOM_BYTES];
        result = coder_run(coder, &input, true, room, sizeof room, &made);
        unit_assert_quietly(made <= sizeof room);
        unit_assert_quietly(coder_memory_bytes(coder) <= CODER_WINDOW_BYTES_MAX + (512 << 10));
    }

    ck_assert_int_eq(result, CODER_DONE);
    ck_assert_uint_eq(total, 1 << 30);
    ck_assert_uint_gt(coder_memory_bytes(coder), CODER_WINDOW_BYTES_MAX);
    coder_destroy(coder);
}
END_TEST

/* ---- encoding ---- */

/* Text that is not all the same, of any size. */
static void make_text(struct buffer *text, size_t bytes) {
    for (unsigned i = 0; text->size < bytes; i++)
        buffer_printf(text, "{\"offset\":%u,\"value\":%u},", i, i * 2654435761U % 100000U);
    text->size = bytes;
}

static void check_round_trip(enum coding coding, enum coder_effort effort, struct bytes text) {
    autobuffer struct buffer encoded = { 0 };
    ck_assert(coder_encode(coding, effort, text, &encoded));
    struct outcome outcome = decode(coding, buffer_bytes(&encoded));
    ck_assert_int_eq(outcome.result, CODER_DONE);
    ck_assert(bytes_equal(buffer_bytes(&outcome.text), text));
    if (text.size > CODING_BODY_BYTES_MIN)
        ck_assert_uint_lt(encoded.size, text.size / 2);
    buffer_finish(&outcome.text);
}

START_TEST(there_and_back) {
    static const size_t sizes[] = { 0, 1, 100, 1500, 70000, 2000000 };
    for (unsigned i = 0; i < CODED_COUNT; i++) {
        for (unsigned j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            autobuffer struct buffer text = { 0 };
            make_text(&text, sizes[j]);
            check_round_trip(CODED[i], CODER_FAST, buffer_bytes(&text));
            if (sizes[j] <= 70000)
                check_round_trip(CODED[i], CODER_THOROUGH, buffer_bytes(&text));
        }
    }
}
END_TEST

/* Piece by piece, with little room, whether the size is known or not; and what an encoder holds is bounded, from the
 * beginning on. */
START_TEST(encoded_in_pieces) {
    static const uint64_t totals[] = { 300000, CODER_BYTES_UNKNOWN };
    autobuffer struct buffer text = { 0 };
    make_text(&text, 300000);

    for (unsigned i = 0; i < CODED_COUNT; i++) {
        for (unsigned j = 0; j < sizeof totals / sizeof totals[0]; j++) {
            struct outcome outcome = { .fault = "" };
            struct coder *coder = coder_encoder_create(CODED[i], CODER_FAST, totals[j]);
            size_t memory_bytes = coder_memory_bytes(coder);
            for (size_t at = 0; at < text.size; at += 10000)
                feed(coder, (struct bytes){ text.data + at, 10000 }, at + 10000 == text.size, 100, &outcome);
            feed(coder, (struct bytes){ "", 0 }, true, 100, &outcome);
            ck_assert_uint_le(memory_bytes, 1 << 20);
            ck_assert_uint_eq(coder_memory_bytes(coder), memory_bytes);
            coder_destroy(coder);
            struct outcome back = decode(CODED[i], buffer_bytes(&outcome.text));
            ck_assert(bytes_equal(buffer_bytes(&back.text), buffer_bytes(&text)));
            buffer_finish(&outcome.text);
            buffer_finish(&back.text);
        }
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { what_a_tool_made,
                                   several_in_a_row_cut_everywhere,
                                   byte_by_byte,
                                   cut_short_anywhere,
                                   bytes_behind_the_end,
                                   not_this_coding,
                                   every_bit_counts,
                                   checksums,
                                   zstd_windows,
                                   zstd_length,
                                   zstd_dictionary,
                                   zstd_frames_to_be_skipped,
                                   zstd_bomb,
                                   there_and_back,
                                   encoded_in_pieces,
                                   NULL };
    return unit_run("encoding", tests);
}
