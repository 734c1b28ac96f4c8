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
    const char *key; /* NULL where none is found: the buffer stays as it was */
};

static void check_samples(const struct sample *samples, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct sample *sample = &samples[i];
        autobuffer struct buffer key = { 0 };
        buffer_append_text(&key, "before ");
        enum key_pointer_result expected_result = sample->key != NULL ? KEY_POINTER_FOUND : KEY_POINTER_NONE;
        ck_assert_msg(find(sample->pointer, sample->text, &key) == expected_result, "%s in %s", sample->pointer,
                      sample->text);

        autobuffer struct buffer expected = { 0 };
        buffer_printf(&expected, "before %s", sample->key != NULL ? sample->key : "");
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
        { "", document, NULL },     { "/foo", document, NULL }, { "/foo/0", document, "bar" },
        { "/", document, "0" },     { "/a~1b", document, "1" }, { "/c%d", document, "2" },
        { "/e^f", document, "3" },  { "/g|h", document, "4" },  { "/i\\j", document, "5" },
        { "/k\"l", document, "6" }, { "/ ", document, "7" },    { "/m~0n", document, "8" },
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
}
END_TEST

START_TEST(what_becomes_a_key) {
    static const char *const none[] = { "{\"k\":null}", "{\"k\":{}}", "{\"k\":[1]}", "{\"j\":1}", "{}", "\"k\"" };
    static const struct sample samples[] = {
        { "/k", "{\"k\":\"\"}", "" },      { "/k", "{\"k\":\"a\\u00e9\\n\"}", "a\xc3\xa9\n" },
        { "/k", "{\"k\":1.10}", "1.10" },  { "/k", "{\"k\" : -1E+400 }", "-1E+400" },
        { "/k", "{\"k\":true}", "true" },  { "/k", "{\"k\":false}", "false" },
        { "", "\"whole\"", "whole" },      { "", "17", "17" },
        { "/k/l", "{\"k\":\"l\"}", NULL }, { "/k~0", "{\"k\":\"l\"}", NULL },
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        check_samples(&(struct sample){ "/k", none[i], NULL }, 1);

    autobuffer struct buffer key = { 0 };
    ck_assert_int_eq(find("/k", "{\"k\":\"abc\\ud800\"}", &key), KEY_POINTER_INVALID);
    ck_assert_uint_eq(key.size, 0);
}
END_TEST

START_TEST(last_of_duplicates_counts) {
    static const struct sample samples[] = {
        { "/k", "{\"k\":1,\"k\":2}", "2" },
        { "/k", "{\"k\":1,\"\\u006b\":2}", "2" },
        { "/a/k", "{\"a\":{\"k\":1},\"a\":{\"k\":2}}", "2" },
        { "/a/k", "{\"a\":{\"k\":1},\"a\":3}", NULL },
        { "/k", "{\"k\":\"\\ud800\",\"k\":null}", NULL },
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
}
END_TEST

START_TEST(indices) {
    static const struct sample samples[] = {
        { "/0", "[1,2]", "1" },
        { "/1", "[1, 2 ]", "2" },
        { "/10", "[0,1,2,3,4,5,6,7,8,9,\"ten\"]", "ten" },
        { "/0/1/a", "[[{},{\"a\":5}]]", "5" },
        { "/0", "{\"0\":\"member\"}", "member" },
        { "/18446744073709551616", "[1,2]", NULL }, /* 2^64 wraps to 0 */
    };
    static const char *const none[] = {
        "/2", "/-", "/-1", "/+1", "/01", "/00", "/", "/1e0", "/99999999999999999999999"
    };
    check_samples(samples, sizeof samples / sizeof samples[0]);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        check_samples(&(struct sample){ none[i], "[1,2]", NULL }, 1);
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
