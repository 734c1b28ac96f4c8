/* base/: the buffer, the arena, numbers on disk and the limits of their reader, statuses. */
#include "base/arena.h"
#include "base/bits.h"
#include "base/status.h"
#include "tests/unit/unit.h"

#include <stdalign.h>

START_TEST(buffer_appends_everything) {
    autobuffer struct buffer buffer = { 0 };
    unit_assert_bytes(buffer_bytes(&buffer), "");
    buffer_append_text(&buffer, "a");
    buffer_append_bytes(&buffer, BYTES_LITERAL("b"));
    buffer_append_bytes(&buffer, BYTES_NONE);
    buffer_append(&buffer, "cx", 1);
    buffer_append_u8(&buffer, 'd');
    buffer_append_udecimal(&buffer, 0);
    buffer_append_u8(&buffer, ' ');
    buffer_append_udecimal(&buffer, UINT64_MAX);
    buffer_append_u8(&buffer, ' ');
    buffer_append_decimal(&buffer, INT64_MIN);
    buffer_append_u8(&buffer, ' ');
    buffer_append_decimal(&buffer, 7);
    buffer_printf(&buffer, " %s-%d", "text", 5);
    unit_assert_bytes(buffer_bytes(&buffer), "abcd0 18446744073709551615 -9223372036854775808 7 text-5");
    buffer_clear(&buffer);
    buffer_append_be32(&buffer, 0x01020304);
    buffer_append_be64(&buffer, UINT64_C(0x05060708090a0b0c));
    buffer_append_varint(&buffer, 300);
    ck_assert(bytes_equal(buffer_bytes(&buffer), BYTES_LITERAL("\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\xac\x02")));
}
END_TEST

START_TEST(buffer_grows_and_keeps) {
    autobuffer struct buffer buffer = { 0 };
    for (size_t i = 0; i < 100000; i++)
        buffer_append_u8(&buffer, (uint8_t)i);
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.size, 100000);
    for (size_t i = 0; i < buffer.size; i++)
        unit_assert_quietly((uint8_t)buffer.data[i] == (uint8_t)i);
    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);
    ck_assert_uint_eq(buffer.size, 0);
    ck_assert_uint_eq(buffer.capacity, capacity);
}
END_TEST

START_TEST(buffer_remembers_a_failure) {
    autobuffer struct buffer buffer = { 0 };
    buffer_append_text(&buffer, "kept");
    ck_assert(!buffer_reserve(&buffer, SIZE_MAX));
    ck_assert(buffer.failed);
    buffer_append_text(&buffer, "lost");
    buffer_printf(&buffer, "%s", "lost");
    unit_assert_bytes(buffer_bytes(&buffer), "kept");
    buffer_clear(&buffer);
    buffer_append_text(&buffer, "again");
    unit_assert_bytes(buffer_bytes(&buffer), "again");
}
END_TEST

START_TEST(arena_gives_aligned_memory_of_its_own) {
    enum { PIECES = 2000 };
    autoarena struct arena arena = { 0 };
    uint8_t *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(&arena, i);
        ck_assert_ptr_nonnull(pieces[i]);
        ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)i, i);
    }

    for (size_t i = 0; i < PIECES; i++) {
        for (size_t at = 0; at < i; at++)
            unit_assert_quietly(pieces[i][at] == (uint8_t)i);
    }
}
END_TEST

START_TEST(arena_copies_prints_and_zeroes) {
    autoarena struct arena arena = { 0 };
    ck_assert_str_eq(arena_copy(&arena, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_copy(&arena, NULL, 0), "");
    ck_assert_str_eq(arena_printf(&arena, "%d of %s", 3, "many"), "3 of many");
    uint64_t *numbers = arena_array(&arena, 1000, sizeof *numbers);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(numbers[i], 0);
    char *large = arena_alloc(&arena, 1 << 20);
    ck_assert_ptr_nonnull(large);
    memset(large, 1, 1 << 20);
}
END_TEST

START_TEST(arena_refuses_what_wraps) {
    autoarena struct arena arena = { 0 };
    ck_assert_ptr_null(arena_array(&arena, SIZE_MAX / 2, 3));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 32));
    ck_assert_ptr_null(arena_copy(&arena, "", SIZE_MAX));
    ck_assert_ptr_nonnull(arena_alloc(&arena, 1));
}
END_TEST

START_TEST(memory_copies) {
    autofree char *text = mem_text("abc");
    autofree char *part = mem_copy("abc", 2);
    autofree char *none = mem_copy(NULL, 0);
    ck_assert_str_eq(text, "abc");
    ck_assert_str_eq(part, "ab");
    ck_assert_str_eq(none, "");
    ck_assert_ptr_null(mem_copy("", SIZE_MAX));
    autofree char *taken = take(&text);
    ck_assert_ptr_null(text);
    ck_assert_str_eq(taken, "abc");
}
END_TEST

START_TEST(numbers_are_big_endian) {
    uint8_t bytes[8];
    put_be32(bytes, 0xfedcba98);
    ck_assert_mem_eq(bytes, "\xfe\xdc\xba\x98", 4);
    ck_assert_uint_eq(get_be32(bytes), 0xfedcba98);
    put_be64(bytes, UINT64_C(0xfedcba9876543210));
    ck_assert_mem_eq(bytes, "\xfe\xdc\xba\x98\x76\x54\x32\x10", 8);
    ck_assert_uint_eq(get_be64(bytes), UINT64_C(0xfedcba9876543210));
}
END_TEST

START_TEST(varints_come_back) {
    for (unsigned bit = 0; bit <= 64; bit++) {
        uint64_t power = bit < 64 ? UINT64_C(1) << bit : 0;
        for (uint64_t value = power - 1; value != power + 2; value++) {
            uint8_t bytes[VARINT_BYTES_MAX];
            size_t size = put_varint(bytes, value);
            ck_assert_uint_le(size, VARINT_BYTES_MAX);
            autofree char *exact = unit_exact(bytes, size);
            struct reader reader = reader_of(exact, size);
            ck_assert_uint_eq(reader_varint(&reader), value);
            ck_assert(!reader.failed && reader_left(&reader) == 0);
            struct reader cut = reader_of(exact, size - 1);
            ck_assert_uint_eq(reader_varint(&cut), 0);
            ck_assert(cut.failed);
        }
    }
}
END_TEST

START_TEST(varints_beyond_64_bits_are_refused) {
    static const char *const texts[] = {
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",     /* bit 64 */
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x01", /* eleven bytes */
        "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct reader reader = reader_of(texts[i], strlen(texts[i]));
        ck_assert_uint_eq(reader_varint(&reader), 0);
        ck_assert(reader.failed);
    }
}
END_TEST

START_TEST(reader_stops_at_its_end) {
    autofree char *exact = unit_exact("\1\2\3\4\5\6\7\x08\x09", 9);
    struct reader reader = reader_of(exact, 9);
    ck_assert_uint_eq(reader_u8(&reader), 1);
    ck_assert_uint_eq(reader_be32(&reader), 0x02030405);
    ck_assert_uint_eq(reader_left(&reader), 4);
    ck_assert_uint_eq(reader_be64(&reader), 0);
    ck_assert(reader.failed);
    ck_assert_uint_eq(reader_u8(&reader), 0); /* once failed, for ever */
    ck_assert_ptr_null(reader_take(&reader, 0));
    struct reader huge = reader_of(exact, 9);
    ck_assert_ptr_null(reader_take(&huge, UINT64_MAX));
    ck_assert(huge.failed);
    struct reader whole = reader_of(exact, 9);
    ck_assert_ptr_eq(reader_take(&whole, 9), exact);
    ck_assert_uint_eq(reader_left(&whole), 0);
    ck_assert(!whole.failed);
    ck_assert_uint_eq(reader_varint(&whole), 0);
    ck_assert(whole.failed);
}
END_TEST

START_TEST(bytes_compare) {
    ck_assert(bytes_equal(BYTES_LITERAL("a\0b"), (struct bytes){ "a\0b", 3 }));
    ck_assert(!bytes_equal(BYTES_LITERAL("a\0b"), BYTES_LITERAL("a\0c")));
    ck_assert(!bytes_equal(BYTES_LITERAL("a"), BYTES_LITERAL("ab")));
    ck_assert(bytes_equal(BYTES_LITERAL(""), BYTES_NONE));
    ck_assert(bytes_present(BYTES_LITERAL("")));
    ck_assert(!bytes_present(BYTES_NONE));
    ck_assert(!bytes_present(bytes_text(NULL)));
}
END_TEST

START_TEST(statuses_have_names) {
    for (enum status status = STATUS_OK; status <= STATUS_LOCKED; status++) {
        ck_assert_str_ne(status_name(status), "unnamed");
        for (enum status other = STATUS_OK; other < status; other++)
            ck_assert_str_ne(status_name(status), status_name(other));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { buffer_appends_everything,
                                   buffer_grows_and_keeps,
                                   buffer_remembers_a_failure,
                                   arena_gives_aligned_memory_of_its_own,
                                   arena_copies_prints_and_zeroes,
                                   arena_refuses_what_wraps,
                                   memory_copies,
                                   numbers_are_big_endian,
                                   varints_come_back,
                                   varints_beyond_64_bits_are_refused,
                                   reader_stops_at_its_end,
                                   bytes_compare,
                                   statuses_have_names,
                                   NULL };
    return unit_run("base", tests);
}
