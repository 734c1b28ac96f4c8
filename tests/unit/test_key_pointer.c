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

struct sample {
    const char *pointer;
    const char *text;
    enum key_pointer_result result;
    const char *key; /* "" where none is found: the buffer stays as it was */
};

static void check_samples(const struct sample *samples, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct sample *sample = &samples[i];
        autobuffer struct buffer key = { 0 };
        buffer_append_text(&key, "before ");
        ck_assert_msg(find(sample->pointer, sample->text, &key) == sample->result, "%s in %s", sample->pointer,
                      sample->text);

        autobuffer struct buffer expected = { 0 };
        buffer_printf(&expected, "before %s", sample->key);
        ck_assert_msg(bytes_equal(buffer_bytes(&key), buffer_bytes(&expected)), "%s in %s: got <%.*s>", sample->pointer,
                      sample->text, (int)key.size, key.data);
    }
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
    static const struct sample samples[] = {
        { "", document, KEY_POINTER_NONE, "" },           { "/foo", document, KEY_POINTER_NONE, "" },
        { "/foo/0", document, KEY_POINTER_FOUND, "bar" }, { "/", document, KEY_POINTER_FOUND, "0" },
        { "/a~1b", document, KEY_POINTER_FOUND, "1" },    { "/c%d", document, KEY_POINTER_FOUND, "2" },
        { "/e^f", document, KEY_POINTER_FOUND, "3" },     { "/g|h", document, KEY_POINTER_FOUND, "4" },
        { "/i\\j", document, KEY_POINTER_FOUND, "5" },    { "/k\"l", document, KEY_POINTER_FOUND, "6" },
        { "/ ", document, KEY_POINTER_FOUND, "7" },       { "/m~0n", document, KEY_POINTER_FOUND, "8" },
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
}
END_TEST

START_TEST(what_becomes_a_key) {
    static const struct sample samples[] = {
        { "/k", "{\"k\":\"\"}", KEY_POINTER_FOUND, "" },
        { "/k", "{\"k\":\"a\\u00e9\\n\"}", KEY_POINTER_FOUND, "a\xc3\xa9\n" },
        { "/k", "{\"k\":1.10}", KEY_POINTER_FOUND, "1.10" },
        { "/k", "{\"k\" : -1E+400 }", KEY_POINTER_FOUND, "-1E+400" },
        { "/k", "{\"k\":true}", KEY_POINTER_FOUND, "true" },
        { "/k", "{\"k\":false}", KEY_POINTER_FOUND, "false" },
        { "", "\"whole\"", KEY_POINTER_FOUND, "whole" },
        { "", "17", KEY_POINTER_FOUND, "17" },
        { "/k", "{\"k\":null}", KEY_POINTER_NONE, "" },
        { "/k", "{\"k\":{}}", KEY_POINTER_NONE, "" },
        { "/k", "{\"k\":[1]}", KEY_POINTER_NONE, "" },
        { "/k", "{\"j\":1}", KEY_POINTER_NONE, "" },
        { "/k", "{}", KEY_POINTER_NONE, "" },
        { "/k", "\"k\"", KEY_POINTER_NONE, "" },
        { "/k/l", "{\"k\":\"l\"}", KEY_POINTER_NONE, "" },
        { "/k~0", "{\"k\":\"l\"}", KEY_POINTER_NONE, "" },
        { "/k", "{\"k\":\"abc\\ud800\"}", KEY_POINTER_INVALID, "" },
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
}
END_TEST

START_TEST(last_of_duplicates_counts) {
    static const struct sample samples[] = {
        { "/k", "{\"k\":1,\"k\":2}", KEY_POINTER_FOUND, "2" },
        { "/k", "{\"k\":1,\"\\u006b\":2}", KEY_POINTER_FOUND, "2" },
        { "/a/k", "{\"a\":{\"k\":1},\"a\":{\"k\":2}}", KEY_POINTER_FOUND, "2" },
        { "/a/k", "{\"a\":{\"k\":1},\"a\":3}", KEY_POINTER_NONE, "" },
        { "/k", "{\"k\":\"\\ud800\",\"k\":null}", KEY_POINTER_NONE, "" },
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
}
END_TEST

START_TEST(indices) {
    static const struct sample samples[] = {
        { "/0", "[1,2]", KEY_POINTER_FOUND, "1" },
        { "/1", "[1, 2 ]", KEY_POINTER_FOUND, "2" },
        { "/10", "[0,1,2,3,4,5,6,7,8,9,\"ten\"]", KEY_POINTER_FOUND, "ten" },
        { "/0/1/a", "[[{},{\"a\":5}]]", KEY_POINTER_FOUND, "5" },
        { "/0", "{\"0\":\"member\"}", KEY_POINTER_FOUND, "member" },
        { "/2", "[1,2]", KEY_POINTER_NONE, "" },
        { "/-", "[1,2]", KEY_POINTER_NONE, "" },
        { "/-1", "[1,2]", KEY_POINTER_NONE, "" },
        { "/+1", "[1,2]", KEY_POINTER_NONE, "" },
        { "/01", "[1,2]", KEY_POINTER_NONE, "" },
        { "/00", "[1,2]", KEY_POINTER_NONE, "" },
        { "/", "[1,2]", KEY_POINTER_NONE, "" },
        { "/1e0", "[1,2]", KEY_POINTER_NONE, "" },
        { "/18446744073709551616", "[1,2]", KEY_POINTER_NONE, "" }, /* 2^64 wraps to 0 */
        { "/99999999999999999999999", "[1,2]", KEY_POINTER_NONE, "" },
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
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
