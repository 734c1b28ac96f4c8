/* Chunks of streams: read back by a parser of the chunked coding. */
#include "api/live/stream_frame.h"
#include "tests/live/chunks.h"
#include "tests/unit/unit.h"

static void frame(struct buffer *text, size_t size, bool last) {
    stream_frame_begin(text);
    ck_assert(stream_frame_empty(text));
    for (size_t i = 0; i < size; i++)
        buffer_append_u8(text, (uint8_t)('a' + i % 26));
    ck_assert(!stream_frame_empty(text));
    stream_frame_end(text, last);
    ck_assert(!text->failed);
}

START_TEST(a_chunk_of_any_size_is_read_back) {
    static const size_t sizes[] = { 1, 9, 15, 16, 17, 255, 256, 4095, 4096, 65535, 65536, 1048575, 1048576 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes * 2; i++) {
        size_t size = sizes[i / 2];
        bool last = i % 2 == 1;
        autobuffer struct buffer text = { 0 };
        frame(&text, size, last);
        struct stream_frame made = stream_frame_of(&text, last);
        ck_assert_uint_eq(made.content.size, size);

        struct chunks chunks = { 0 };
        struct bytes rest = made.chunk;
        struct bytes content = chunks_next(&chunks, &rest);
        ck_assert_ptr_eq(content.data, made.content.data);
        ck_assert_uint_eq(content.size, size);
        ck_assert_uint_eq(chunks_next(&chunks, &rest).size, 0);
        ck_assert_int_eq(chunks.state, last ? CHUNKS_ENDED : CHUNKS_SIZE);
        ck_assert_uint_eq(rest.size, 0);
    }
}
END_TEST

START_TEST(the_bytes) {
    autobuffer struct buffer text = { 0 };
    frame(&text, 26, true);
    unit_assert_bytes(stream_frame_of(&text, true).chunk, "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n");
    unit_assert_bytes(stream_frame_of(&text, true).content, "abcdefghijklmnopqrstuvwxyz");
}
END_TEST

int main(void) {
    const TTest *const tests[] = { a_chunk_of_any_size_is_read_back, the_bytes, NULL };
    return unit_run("stream_frame", tests);
}
