/* gateway/key_pointer: RFC 6901's own examples, and what becomes a key. */
#include "gateway/json/json.h"
#include "gateway/json/key_pointer.h"
#include "tests/unit/unit.h"

static enum key_pointer_result find(const char *pointer, const char *text, struct buffer *key) {
    size_t size = strlen(text);
    size_t end = 0;
    struct json_error error;
    autofree char *exact = unit_exact(text, size);
    ck_assert_msg(key_pointer_valid(pointer), "%s", pointer);
    ck_assert_msg(json_scan(exact, size, 0, &end, &error) && end == size, "%s", text);
    return key_pointer_find(pointer, (struct bytes){ exact, size }, key);
}

static void assert_found(const char *pointer, const char *text, const char *expected) {
    autobuffer struct buffer key = { 0 };
    ck_assert_msg(find(pointer, text, &key) == KEY_POINTER_FOUND, "%s in %s", pointer, text);
    unit_assert_bytes(buffer_bytes(&key), expected);
}

/* Without a key the buffer stays as it was. */
static void assert_result(const char *pointer, const char *text, enum key_pointer_result expected) {
    autobuffer struct buffer key = { 0 };
    buffer_append_text(&key, "before");
    ck_assert_msg(find(pointer, text, &key) == expected, "%s in %s", pointer, text);
    unit_assert_bytes(buffer_bytes(&key), "before");
}

START_TEST(pointers_are_checked) {
    static const char *const valid[] = { "", "/", "/a", "/a/b", "//", "/~0", "/~1~0", "/a~1b/0", "/\xc3\xa9", "/ " };
    static const char *const invalid[] = { "a", " /a", "#/a", "/~", "/~2", "/a~", "/~/b", "/a/~a", "/\xff", "/\xc3" };
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        ck_assert_msg(key_pointer_valid(valid[i]), "%s", valid[i]);
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        ck_assert_msg(!key_pointer_valid(invalid[i]), "%s", invalid[i]);
}
END_TEST

START_TEST(examples_of_the_rfc) {
    static const char document[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
                                   "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}";
    assert_result("", document, KEY_POINTER_NONE);
    assert_result("/foo", document, KEY_POINTER_NONE);
    assert_found("/foo/0", document, "bar");
    assert_found("/", document, "0");
    assert_found("/a~1b", document, "1");
    assert_found("/c%d", document, "2");
    assert_found("/e^f", document, "3");
    assert_found("/g|h", document, "4");
    assert_found("/i\\j", document, "5");
    assert_found("/k\"l", document, "6");
    assert_found("/ ", document, "7");
    assert_found("/m~0n", document, "8");
}
END_TEST

START_TEST(what_becomes_a_key) {
    assert_found("/k", "{\"k\":\"\"}", "");
    assert_found("/k", "{\"k\":\"a\\u00e9\\n\"}", "a\xc3\xa9\n");
    assert_found("/k", "{\"k\":1.10}", "1.10");
    assert_found("/k", "{\"k\" : -1E+400 }", "-1E+400");
    assert_found("/k", "{\"k\":true}", "true");
    assert_found("/k", "{\"k\":false}", "false");
    assert_found("", "\"whole\"", "whole");
    assert_found("", "17", "17");
    assert_result("/k", "{\"k\":null}", KEY_POINTER_NONE);
    assert_result("/k", "{\"k\":{}}", KEY_POINTER_NONE);
    assert_result("/k", "{\"k\":[1]}", KEY_POINTER_NONE);
    assert_result("/k", "{\"j\":1}", KEY_POINTER_NONE);
    assert_result("/k", "{}", KEY_POINTER_NONE);
    assert_result("/k", "\"k\"", KEY_POINTER_NONE);
    assert_result("/k/l", "{\"k\":\"l\"}", KEY_POINTER_NONE);
    assert_result("/k~0", "{\"k\":\"l\"}", KEY_POINTER_NONE);
    assert_result("/k", "{\"k\":\"abc\\ud800\"}", KEY_POINTER_INVALID);
}
END_TEST

START_TEST(last_of_duplicates_counts) {
    assert_found("/k", "{\"k\":1,\"k\":2}", "2");
    assert_found("/k", "{\"k\":1,\"\\u006b\":2}", "2");
    assert_found("/a/k", "{\"a\":{\"k\":1},\"a\":{\"k\":2}}", "2");
    assert_result("/a/k", "{\"a\":{\"k\":1},\"a\":3}", KEY_POINTER_NONE);
    assert_result("/k", "{\"k\":\"\\ud800\",\"k\":null}", KEY_POINTER_NONE);
}
END_TEST

START_TEST(indices) {
    assert_found("/0", "[1,2]", "1");
    assert_found("/1", "[1, 2 ]", "2");
    assert_found("/10", "[0,1,2,3,4,5,6,7,8,9,\"ten\"]", "ten");
    assert_found("/0/1/a", "[[{},{\"a\":5}]]", "5");
    assert_found("/0", "{\"0\":\"member\"}", "member");
    assert_result("/2", "[1,2]", KEY_POINTER_NONE);
    assert_result("/-", "[1,2]", KEY_POINTER_NONE);
    assert_result("/-1", "[1,2]", KEY_POINTER_NONE);
    assert_result("/+1", "[1,2]", KEY_POINTER_NONE);
    assert_result("/01", "[1,2]", KEY_POINTER_NONE);
    assert_result("/00", "[1,2]", KEY_POINTER_NONE);
    assert_result("/", "[1,2]", KEY_POINTER_NONE);
    assert_result("/1e0", "[1,2]", KEY_POINTER_NONE);
    assert_result("/18446744073709551616", "[1,2]", KEY_POINTER_NONE); /* 2^64 wraps to 0 */
    assert_result("/99999999999999999999999", "[1,2]", KEY_POINTER_NONE);
}
END_TEST

START_TEST(key_is_appended) {
    autobuffer struct buffer key = { 0 };
    buffer_append_text(&key, "before ");
    ck_assert_int_eq(find("/a~1b/c", "{\"a/b\":{\"c\":\"found\"}}", &key), KEY_POINTER_FOUND);
    unit_assert_bytes(buffer_bytes(&key), "before found");
}
END_TEST

int main(void) {
    const TTest *const tests[] = { pointers_are_checked,
                                   examples_of_the_rfc,
                                   what_becomes_a_key,
                                   last_of_duplicates_counts,
                                   indices,
                                   key_is_appended,
                                   NULL };
    return unit_run("key_pointer", tests);
}
