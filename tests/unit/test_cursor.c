/* gateway/cursor and gateway/base64url: what is made is read back, and nothing else is taken. */
#include "base/bits.h"
#include "gateway/read/base64url.h"
#include "gateway/read/cursor.h"
#include "tests/unit/unit.h"

static struct cursor_position positions[] = {
    { .topic_id = 1, .partition = 0, .next_offset = 0 },
    { .topic_id = 1, .partition = 1, .next_offset = 127 },
    { .topic_id = 1, .partition = 255, .next_offset = 128 },
    { .topic_id = UINT64_C(0x8000000000000000), .partition = 7, .next_offset = UINT64_MAX },
    { .topic_id = UINT64_MAX, .partition = UINT32_MAX, .next_offset = 1 },
};
enum { POSITIONS = sizeof positions / sizeof *positions };

static struct bytes encode(const struct cursor *cursor, struct buffer *text) {
    ck_assert_int_eq(cursor_encode(cursor, text), STATUS_OK);
    return buffer_bytes(text);
}

static enum status decode(struct bytes text, struct cursor *ret_cursor) {
    autoarena struct arena arena = { 0 };
    autofree char *exact = unit_exact(text.data, text.size);
    return cursor_decode((struct bytes){ exact, text.size }, &arena, ret_cursor);
}

/* The text of raw bytes with a right checksum behind them. zlib's CRC is written anew here, bit by bit. */
static enum status decode_raw(const struct buffer *body) {
    autobuffer struct buffer data = { 0 };
    autobuffer struct buffer text = { 0 };
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < body->size; i++) {
        crc ^= (uint8_t)body->data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }

    buffer_append_bytes(&data, buffer_bytes(body));
    buffer_append_be32(&data, ~crc);
    base64url_encode(buffer_bytes(&data), &text);
    struct cursor cursor;
    return decode(buffer_bytes(&text), &cursor);
}

START_TEST(what_is_made_is_read_back) {
    for (size_t count = 0; count <= POSITIONS; count++) {
        struct cursor cursor = { 0xdeadbeef, UINT64_MAX - 5, positions, count };
        autobuffer struct buffer text = { 0 };
        autoarena struct arena arena = { 0 };
        struct cursor back = { 0 };
        ck_assert_int_eq(cursor_decode(encode(&cursor, &text), &arena, &back), STATUS_OK);
        ck_assert_uint_eq(back.selection, cursor.selection);
        ck_assert_uint_eq(back.catalog_version, cursor.catalog_version);
        ck_assert_uint_eq(back.position_count, count);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(back.positions[i].topic_id, positions[i].topic_id);
            ck_assert_uint_eq(back.positions[i].partition, positions[i].partition);
            ck_assert_uint_eq(back.positions[i].next_offset, positions[i].next_offset);
        }
    }
}
END_TEST

START_TEST(text_is_url_safe_and_appended) {
    struct cursor cursor = { UINT32_MAX, 300, positions, POSITIONS };
    autobuffer struct buffer text = { 0 };
    buffer_append_text(&text, "id: ");
    size_t size = encode(&cursor, &text).size;
    buffer_append_u8(&text, '\0');
    ck_assert(memcmp(text.data, "id: ", 4) == 0);
    ck_assert_uint_eq(strspn(text.data + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                      size - 4);
}
END_TEST

/* Cursors lie in browsers: the format may not change by chance. */
START_TEST(format_is_fixed) {
    struct cursor cursor = { 0x01020304, 5, positions, 2 };
    autobuffer struct buffer text = { 0 };
    unit_assert_bytes(encode(&cursor, &text), "AQECAwQFAQAAAAAAAAABAgAAAH_gge-G");
}
END_TEST

START_TEST(every_changed_byte_is_refused) {
    struct cursor cursor = { 7, 9, positions, POSITIONS };
    autobuffer struct buffer text = { 0 };
    struct bytes whole = encode(&cursor, &text);
    struct cursor back;
    ck_assert_int_eq(decode(whole, &back), STATUS_OK);

    for (size_t i = 0; i < whole.size; i++) {
        char before = text.data[i];
        for (int byte = 0; byte < 256; byte++) {
            text.data[i] = (char)byte;
            ck_assert_int_eq(decode(whole, &back), text.data[i] == before ? STATUS_OK : STATUS_INVALID);
        }
        text.data[i] = before;
    }

    for (size_t size = 0; size < whole.size; size++)
        ck_assert_int_eq(decode((struct bytes){ whole.data, size }, &back), STATUS_INVALID);

    buffer_append_text(&text, "=");
    ck_assert_int_eq(decode(buffer_bytes(&text), &back), STATUS_INVALID);
}
END_TEST

enum { LONGEST = 17 };

/* Bodies with a right checksum that cursor_encode never makes; the first is one that it makes. */
START_TEST(forged_bodies_are_refused) {
    static const struct {
        const char *why;
        uint8_t size;
        uint8_t behind[LONGEST]; /* version and selection */
    } bodies[] = {
        { "fine", 13, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 4 } },
        { "padded version", 14, { 0x85, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 4 } },
        { "padded partition", 14, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0x83, 0, 4 } },
        { "padded offset", 14, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 0x84, 0 } },
        { "no partitions", 11, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0 } },
        { "missing topic", 13, { 5, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 4 } },
        { "missing partition", 13, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4 } },
        { "missing offset", 12, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3 } },
        { "bytes behind", 14, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 4, 0 } },
        { "topics beyond", 13, { 5, 99, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 4 } },
        { "partition beyond 32 bits", 17, { 5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x1f, 4 } },
        { "nothing", 0, { 0 } },
    };

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        autobuffer struct buffer body = { 0 };
        buffer_append(&body, "\x01sel0", 5);
        buffer_append(&body, bodies[i].behind, bodies[i].size);
        ck_assert_msg(decode_raw(&body) == (i == 0 ? STATUS_OK : STATUS_INVALID), "%s", bodies[i].why);
        body.data[0] = 2;
        ck_assert_msg(decode_raw(&body) == STATUS_INVALID, "version 2: %s", bodies[i].why);
    }
}
END_TEST

START_TEST(topics_out_of_order_are_refused) {
    for (uint64_t second = 0; second < 3; second++) {
        autobuffer struct buffer body = { 0 };
        buffer_append(&body, "\x01sel0\x05\x02", 7);
        buffer_append_be64(&body, 1);
        buffer_append(&body, "\x01\x03\x04", 3);
        buffer_append_be64(&body, second);
        buffer_append(&body, "\x01\x03\x04", 3);
        ck_assert_int_eq(decode_raw(&body), second > 1 ? STATUS_OK : STATUS_INVALID);
    }
}
END_TEST

START_TEST(partitions_past_the_last_are_refused) {
    autobuffer struct buffer body = { 0 };
    buffer_append(&body, "\x01sel0\x05\x01", 7);
    buffer_append_be64(&body, 1);
    buffer_append_varint(&body, 2);
    buffer_append_varint(&body, UINT32_MAX);
    buffer_append_varint(&body, 0);
    buffer_append_varint(&body, 0); /* the next one would be 2^32 */
    buffer_append_varint(&body, 0);
    ck_assert_int_eq(decode_raw(&body), STATUS_INVALID);
}
END_TEST

START_TEST(length_is_limited) {
    enum { MANY = 3000 };
    autofree struct cursor_position *many = mem_zero(MANY, sizeof *many);
    size_t largest = 0;
    for (size_t i = 0; i < MANY; i++)
        many[i] = (struct cursor_position){ .topic_id = 1, .partition = (uint32_t)i, .next_offset = 1 << 20 };

    for (size_t count = 1; count <= MANY; count += count < 900 ? 1 : 100) {
        autobuffer struct buffer text = { 0 };
        struct cursor cursor = { 1, 1, many, count };
        enum status status = cursor_encode(&cursor, &text);
        ck_assert(status == STATUS_OK || (status == STATUS_INVALID && text.size == 0));
        ck_assert_uint_le(text.size, LIMIT_CURSOR_CHARACTERS);
        if (status == STATUS_OK) {
            struct cursor back;
            ck_assert_int_eq(decode(buffer_bytes(&text), &back), STATUS_OK);
            largest = count;
        }
    }

    ck_assert_uint_ge(largest, 256);
    ck_assert_uint_lt(largest, MANY);
}
END_TEST

START_TEST(base64url_vectors) {
    static const struct {
        const char *plain;
        const char *text;
    } vectors[] = { { "", "" },           { "f", "Zg" },          { "fo", "Zm8" },          { "foo", "Zm9v" },
                    { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff", "-_8" } };

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        autobuffer struct buffer text = { 0 };
        autobuffer struct buffer plain = { 0 };
        base64url_encode(bytes_text(vectors[i].plain), &text);
        unit_assert_bytes(buffer_bytes(&text), vectors[i].text);
        ck_assert_uint_eq(text.size, base64url_text_bytes(strlen(vectors[i].plain)));
        ck_assert(base64url_decode(buffer_bytes(&text), &plain));
        unit_assert_bytes(buffer_bytes(&plain), vectors[i].plain);
    }

    static const char *const refused[] = {
        "Z", "Zg==", "Zh", "Zm9", "Zm9vY", "Zm+v", "Zm/v", "Zm9v\n", " Zm9v", "Zm.v"
    };

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        autobuffer struct buffer plain = { 0 };
        ck_assert_msg(!base64url_decode(bytes_text(refused[i]), &plain), "%s", refused[i]);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { what_is_made_is_read_back,
                                   text_is_url_safe_and_appended,
                                   format_is_fixed,
                                   every_changed_byte_is_refused,
                                   forged_bodies_are_refused,
                                   topics_out_of_order_are_refused,
                                   partitions_past_the_last_are_refused,
                                   length_is_limited,
                                   base64url_vectors,
                                   NULL };
    return unit_run("cursor", tests);
}
