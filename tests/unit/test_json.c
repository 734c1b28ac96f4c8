/* gateway/json: positions and messages of faults, what is overwritten, walking, strings both ways, UTF-8. The corpus
 * has a test of its own. */
#include "gateway/json/json.h"
#include "tests/unit/unit.h"

#include <stdio.h>

/* Scans an exact copy of the text from its first byte; on success *ret_end and, in `text` itself, the spaces. */
static bool scan(char *text, size_t size, size_t *ret_end, struct json_error *error) {
    autofree char *exact = unit_exact(text, size);
    bool accepted = json_scan(exact, size, 0, ret_end, error);
    memcpy(text, exact, size);
    return accepted;
}

START_TEST(value_ends_where_it_ends) {
    static const struct {
        const char *text;
        size_t end;
    } cases[] = {
        { "1", 1 },       { "1 ", 1 },         { "12,3", 2 },   { "0}", 1 },      { "-1.5e3]", 6 },
        { "true", 4 },    { "truefalse", 4 },  { "null x", 4 }, { "false,", 5 },  { "\"a\"b", 3 },
        { "\"\"", 2 },    { "[]]", 2 },        { "{}\n{}", 2 }, { "[1,2] ,", 5 }, { "{\"a\":[1,{}]}}", 12 },
        { "[ [ ] ]", 7 }, { "\"\\\"\"\"", 4 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        size_t end = 99;
        struct json_error error;
        strcpy(text, cases[i].text);
        ck_assert_msg(scan(text, strlen(text), &end, &error), "%s", cases[i].text);
        ck_assert_msg(end == cases[i].end, "%s: %zu", cases[i].text, end);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(faults_have_position_and_message) {
    static const struct {
        const char *text;
        size_t position;
        const char *message;
    } cases[] = {
        { "", 0, "unexpected end: expected a value" },
        { "x", 0, "expected a value" },
        { "[1,]", 3, "expected a value" },
        { "[1,", 3, "unexpected end: expected a value" },
        { "[1", 2, "unexpected end inside an array" },
        { "[1 2]", 3, "expected ',' or ']'" },
        { "[1}", 2, "expected ',' or ']'" },
        { "{\"a\":1", 6, "unexpected end inside an object" },
        { "{\"a\":1]", 6, "expected ',' or '}'" },
        { "{", 1, "unexpected end inside an object" },
        { "{,", 1, "expected a member name in double quotes" },
        { "{\"a\":1,}", 7, "expected a member name in double quotes" },
        { "{\"a\"}", 4, "expected ':'" },
        { "{\"a\"  1}", 6, "expected ':'" },
        { "{\"a\"", 4, "unexpected end inside an object" },
        { "{\"a\":}", 5, "expected a value" },
        { "trup", 3, "expected true, false or null" },
        { "tru", 3, "unexpected end inside true, false or null" },
        { "[nul]", 4, "expected true, false or null" },
        { "-", 1, "unexpected end inside a number" },
        { "-x", 1, "expected a digit" },
        { "[1.]", 3, "expected a digit" },
        { "1e+", 3, "unexpected end inside a number" },
        { "[-012]", 2, "a number cannot start with a zero before other digits" },
        { "\"abc", 4, "unexpected end inside a string" },
        { "\"ab\tc\"", 3, "a control character in a string must be escaped" },
        { "\"ab\\", 4, "unexpected end inside a string" },
        { "\"ab\\x\"", 4, "invalid escape: expected one of \" \\ / b f n r t u after the backslash" },
        { "\"\\u12g4\"", 5, "expected four hexadecimal digits after \\u" },
        { "\"\\u12", 5, "unexpected end inside a string" },
        { "\"ab\xff\"", 3, "invalid UTF-8" },
        { "\"ab\xe2\x82\"", 3, "invalid UTF-8" },
        { "\"\xc3\xa9\xed\xa0\x80\"", 3, "invalid UTF-8" },
        { "\xef\xbb\xbf[]", 0, "expected a value, found a byte order mark; remove it" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        size_t end = 99;
        struct json_error error = { 0 };
        strcpy(text, cases[i].text);
        ck_assert_msg(!scan(text, strlen(text), &end, &error), "%s", cases[i].text);
        ck_assert_msg(error.position == cases[i].position, "%s: %zu", cases[i].text, error.position);
        ck_assert_str_eq(error.message, cases[i].message);
        ck_assert_uint_eq(end, 99);
    }
}
END_TEST

/* The same string, with a fault, moved over the borders of blocks and windows. */
START_TEST(faults_are_found_at_every_distance) {
    static const char *const faults[] = { "\x01", "\xff", "\\x", "\xc3(" };
    for (size_t before = 0; before < 140; before++) {
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
            autobuffer struct buffer text = { 0 };
            buffer_append_text(&text, "[\"");
            for (size_t n = 0; n < before; n++)
                buffer_append_u8(&text, 'a');
            buffer_append_text(&text, faults[i]);
            buffer_append_text(&text, "bcd\"]");
            size_t end;
            struct json_error error = { 0 };
            ck_assert(!scan(text.data, text.size, &end, &error));
            ck_assert_uint_eq(error.position, 2 + before + (faults[i][0] == '\\' ? 1 : 0));
        }
    }
}
END_TEST

START_TEST(position_counts_from_the_text) {
    autofree char *text = unit_exact("{} [1,x]", 8);
    size_t end = 0;
    struct json_error error;
    ck_assert(!json_scan(text, 8, 3, &end, &error));
    ck_assert_uint_eq(error.position, 6);
    ck_assert(json_scan(text, 8, 0, &end, &error));
    ck_assert_uint_eq(end, 2);
    ck_assert_uint_eq(json_skip_space(text, 8, end), 3);
    ck_assert_uint_eq(json_skip_space(" \t\r\n", 4, 0), 4);
    ck_assert_uint_eq(json_skip_space("\f", 1, 0), 0);
}
END_TEST

START_TEST(line_breaks_between_tokens_become_spaces) {
    char text[] = "{\n\"a\\n\"\r\n:\n[\r1\n,\r\n2\n]\t\n}\n";
    size_t end = 0;
    struct json_error error;
    ck_assert(scan(text, strlen(text), &end, &error));
    ck_assert_str_eq(text, "{ \"a\\n\"  : [ 1 ,  2 ]\t }\n"); /* what is behind the value is not its business */
    ck_assert_uint_eq(end, strlen(text) - 1);
}
END_TEST

START_TEST(depth_is_limited) {
    for (size_t depth = LIMIT_JSON_DEPTH - 1; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        char text[2 * (LIMIT_JSON_DEPTH + 1)];
        size_t end = 0;
        struct json_error error = { 0 };
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        ck_assert(scan(text, 2 * depth, &end, &error) == (depth <= LIMIT_JSON_DEPTH));
        if (depth > LIMIT_JSON_DEPTH) {
            ck_assert_str_eq(error.message, "nested deeper than 128 levels");
            ck_assert_uint_eq(error.position, LIMIT_JSON_DEPTH);
        }
    }
}
END_TEST

START_TEST(kinds) {
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("{}")), JSON_KIND_OBJECT);
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("[]")), JSON_KIND_ARRAY);
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("\"\"")), JSON_KIND_STRING);
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("-1")), JSON_KIND_NUMBER);
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("0")), JSON_KIND_NUMBER);
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("true")), JSON_KIND_TRUE);
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("false")), JSON_KIND_FALSE);
    ck_assert_int_eq(json_kind_of(BYTES_LITERAL("null")), JSON_KIND_NULL);
}
END_TEST

/* All items as `name=value;`, from an exact copy. */
static void assert_walk(const char *text, const char *expected) {
    autofree char *exact = unit_exact(text, strlen(text));
    autobuffer struct buffer items = { 0 };
    struct json_walk walk = json_walk((struct bytes){ exact, strlen(text) });
    while (json_walk_next(&walk)) {
        if (bytes_present(walk.name)) {
            buffer_append_bytes(&items, walk.name);
            buffer_append_u8(&items, '=');
        }
        buffer_append_bytes(&items, walk.value);
        buffer_append_u8(&items, ';');
    }

    ck_assert(!json_walk_next(&walk));
    unit_assert_bytes(buffer_bytes(&items), expected);
}

START_TEST(walking) {
    assert_walk("[]", "");
    assert_walk("[ \t]", "");
    assert_walk("{ }", "");
    assert_walk("[1]", "1;");
    assert_walk("[ 1 , -2.5e3,true , null]", "1;-2.5e3;true;null;");
    assert_walk("[[1,[2]],{\"a\":[3]},\"]\",\"\\\"]\",\"\\\\\"]", "[1,[2]];{\"a\":[3]};\"]\";\"\\\"]\";\"\\\\\";");
    assert_walk("{\"a\":1}", "\"a\"=1;");
    assert_walk("{ \"a\" : { \"}\" : \"{\" } , \"\" : [ ] ,\"a\":2 }", "\"a\"={ \"}\" : \"{\" };\"\"=[ ];\"a\"=2;");
    assert_walk("{\"name that is longer than a block\":\"a value that is longer than a block\"}",
                "\"name that is longer than a block\"=\"a value that is longer than a block\";");
    assert_walk("17", "");
    assert_walk("\"[1]\"", "");
}
END_TEST

START_TEST(strings_are_decoded) {
    static const struct {
        const char *string;
        const char *text; /* NULL: a lone surrogate */
    } cases[] = {
        { "\"\"", "" },
        { "\"abc\"", "abc" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\"a\\u0041\\u00e9\\u20AC\\ud834\\uDd1e!\"", "aA\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e!" },
        { "\"\xc3\xa9\xf0\x9d\x84\x9e\"", "\xc3\xa9\xf0\x9d\x84\x9e" },
        { "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf" },
        { "\"\\ud800\\udc00\\udbff\\udfff\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
        { "\"\\ud834\"", NULL },
        { "\"\\ud834x\"", NULL },
        { "\"\\ud834\\n\"", NULL },
        { "\"\\ud834\\u0041\"", NULL },
        { "\"\\ud834\\ud834\\udd1e\"", NULL },
        { "\"abc\\udd1e\"", NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *exact = unit_exact(cases[i].string, strlen(cases[i].string));
        struct bytes string = { exact, strlen(cases[i].string) };
        autobuffer struct buffer text = { 0 };
        ck_assert_msg(json_decode_string(string, &text) == (cases[i].text != NULL), "%s", cases[i].string);
        if (cases[i].text != NULL) {
            unit_assert_bytes(buffer_bytes(&text), cases[i].text);
            ck_assert_msg(json_string_is(string, bytes_text(cases[i].text)), "%s", cases[i].string);
            buffer_append_u8(&text, 'x');
            ck_assert(!json_string_is(string, buffer_bytes(&text)));
            if (text.size > 1)
                ck_assert(!json_string_is(string, (struct bytes){ text.data, text.size - 2 }));
        } else {
            ck_assert(!json_string_is(string, BYTES_LITERAL("")));
        }
    }

    autobuffer struct buffer nul = { 0 };
    ck_assert(json_decode_string(BYTES_LITERAL("\"a\\u0000b\""), &nul));
    ck_assert(bytes_equal(buffer_bytes(&nul), BYTES_LITERAL("a\0b")));
    ck_assert(json_string_is(BYTES_LITERAL("\"\\u0000\""), BYTES_LITERAL("\0")));
    ck_assert(!json_string_is(BYTES_LITERAL("\"\""), BYTES_LITERAL("\0")));
    ck_assert(json_string_is(BYTES_LITERAL("\"\""), BYTES_NONE));
}
END_TEST

START_TEST(text_becomes_a_string_and_comes_back) {
    autobuffer struct buffer text = { 0 };
    autobuffer struct buffer string = { 0 };
    autobuffer struct buffer back = { 0 };
    for (int byte = 0; byte < 0x80; byte++)
        buffer_append_u8(&text, (uint8_t)byte);
    buffer_append_text(&text, "\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e");
    json_append_string(&string, buffer_bytes(&text));
    size_t end;
    struct json_error error;
    ck_assert(scan(string.data, string.size, &end, &error));
    ck_assert_uint_eq(end, string.size);
    ck_assert(json_decode_string(buffer_bytes(&string), &back));
    ck_assert(bytes_equal(buffer_bytes(&back), buffer_bytes(&text)));

    buffer_clear(&string);
    json_append_string(&string, bytes_text("a\"b\\c/\x01\n\x1f\x7f\xc3\xa9"));
    unit_assert_bytes(buffer_bytes(&string), "\"a\\\"b\\\\c/\\u0001\\n\\u001f\x7f\xc3\xa9\"");
    buffer_clear(&string);
    json_append_string(&string, BYTES_NONE);
    unit_assert_bytes(buffer_bytes(&string), "\"\"");
}
END_TEST

/* RFC 3629's table of well-formed sequences, as a predicate over every pair, triple and some quadruples of bytes. */
static bool well_formed(const uint8_t *at, size_t size) {
    if (size == 2)
        return at[0] >= 0xc2 && at[0] <= 0xdf && at[1] >= 0x80 && at[1] <= 0xbf;
    if (size == 3)
        return at[0] >= 0xe0 && at[0] <= 0xef && at[1] >= (at[0] == 0xe0 ? 0xa0 : 0x80) &&
               at[1] <= (at[0] == 0xed ? 0x9f : 0xbf) && at[2] >= 0x80 && at[2] <= 0xbf;
    return at[0] >= 0xf0 && at[0] <= 0xf4 && at[1] >= (at[0] == 0xf0 ? 0x90 : 0x80) &&
           at[1] <= (at[0] == 0xf4 ? 0x8f : 0xbf) && at[2] >= 0x80 && at[2] <= 0xbf && at[3] >= 0x80 && at[3] <= 0xbf;
}

START_TEST(utf8_is_rfc_3629) {
    static const uint8_t lasts[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
    for (unsigned first = 0x80; first < 0x100; first++) {
        for (unsigned second = 0; second < 0x100; second++) {
            uint8_t bytes[4] = { (uint8_t)first, (uint8_t)second };
            unit_assert_quietly(utf8_valid((struct bytes){ (char *)bytes, 2 }) == well_formed(bytes, 2));
            for (size_t i = 0; i < sizeof lasts * sizeof lasts; i++) {
                bytes[2] = lasts[i / sizeof lasts];
                bytes[3] = lasts[i % sizeof lasts];
                bool three_and_one = well_formed(bytes, 3) && bytes[3] < 0x80;
                bool two_and_two = well_formed(bytes, 2) &&
                                   ((bytes[2] < 0x80 && bytes[3] < 0x80) || well_formed(bytes + 2, 2));
                unit_assert_quietly(utf8_valid((struct bytes){ (char *)bytes, 3 }) ==
                                    (well_formed(bytes, 3) || (well_formed(bytes, 2) && bytes[2] < 0x80)));
                unit_assert_quietly(utf8_valid((struct bytes){ (char *)bytes, 4 }) ==
                                    (well_formed(bytes, 4) || three_and_one || two_and_two));
            }
        }
    }

    ck_assert(utf8_valid(BYTES_LITERAL("")) && utf8_valid(BYTES_NONE) && utf8_valid(BYTES_LITERAL("a\0b")));
    ck_assert(utf8_valid(bytes_text("twelve bytes and more, then \xe2\x82\xac, then twelve bytes")));
    ck_assert(!utf8_valid(bytes_text("twelve bytes and more, then \xe2\x82")));
    ck_assert(!utf8_valid(bytes_text("\x80")));
}
END_TEST

int main(void) {
    const TTest *const tests[] = { value_ends_where_it_ends,
                                   faults_have_position_and_message,
                                   faults_are_found_at_every_distance,
                                   position_counts_from_the_text,
                                   line_breaks_between_tokens_become_spaces,
                                   depth_is_limited,
                                   kinds,
                                   walking,
                                   strings_are_decoded,
                                   text_becomes_a_string_and_comes_back,
                                   utf8_is_rfc_3629,
                                   NULL };
    return unit_run("json", tests);
}
