/* api/media_type: what bodies are, by their type and by their bytes. */
#include "api/http/media_type.h"
#include "tests/unit/unit.h"

static void check_kind(const char *type, enum media_kind kind) {
    autofree char *exact = unit_exact(type, strlen(type));
    ck_assert_msg(media_kind_of((struct bytes){ exact, strlen(type) }) == kind, "<%s>", type);
}

START_TEST(types_of_lines) {
    check_kind("application/x-ndjson", MEDIA_NDJSON);
    check_kind("application/ndjson", MEDIA_NDJSON);
    check_kind("application/jsonl", MEDIA_NDJSON);
    check_kind("application/x-jsonlines", MEDIA_NDJSON);
    check_kind("APPLICATION/X-NDJSON;charset=utf-8", MEDIA_NDJSON);
    check_kind("application/jsonl \t; charset=utf-8", MEDIA_NDJSON);
}
END_TEST

START_TEST(types_that_have_a_meaning) {
    check_kind("application/vnd.tailrace.events+json", MEDIA_ENVELOPES);
    check_kind("Application/Vnd.Tailrace.Events+Json; a=b", MEDIA_ENVELOPES);
    check_kind("multipart/form-data; boundary=x", MEDIA_MULTIPART);
    check_kind("Multipart/Mixed", MEDIA_MULTIPART);
    check_kind("application/cloudevents+json", MEDIA_CLOUD_EVENTS);
    check_kind("application/CloudEvents-batch+json; charset=utf-8", MEDIA_CLOUD_EVENTS);
}
END_TEST

START_TEST(all_else_is_json) {
    static const char *const types[] = { "",
                                         ";",
                                         "application/json",
                                         "text/plain;charset=UTF-8",
                                         "application/x-www-form-urlencoded",
                                         "application/x-ndjsonx",
                                         "application/x-ndjso",
                                         "text/multipart/",
                                         "multipart",
                                         "application/cloudevent",
                                         "a; b=application/x-ndjson" };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        check_kind(types[i], MEDIA_JSON);
    ck_assert(media_kind_of(BYTES_NONE) == MEDIA_JSON);
}
END_TEST

static bool is_form(const char *text) {
    autofree char *exact = unit_exact(text, strlen(text));
    return media_looks_like_form((struct bytes){ exact, strlen(text) });
}

START_TEST(what_looks_like_a_form) {
    static const char *const forms[] = { "a=b",           "a=",           "payload=%7B%22a%22%3A1%7D",
                                         "a%5B%5D=1&b=2", "user[name]=x", "true=1",
                                         "1=2",           "-_.*+=",       "$top=5",
                                         "a=b=c" };
    static const char *const others[] = { "",      "=",     "=a",     "a",      "{\"a\":1}", "{\"a=b\":1",
                                          "a b=c", "\"a=b", "a: b=c", "<a=b>",  "a&b=c",     "[\"a=b\"",
                                          "a",     "nul",   "{a=b}",  "\xc3=1", "(a=b)",     "a\n=b" };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        ck_assert_msg(is_form(forms[i]), "<%s>", forms[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_msg(!is_form(others[i]), "<%s>", others[i]);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        types_of_lines, types_that_have_a_meaning, all_else_is_json, what_looks_like_a_form, NULL,
    };
    return unit_run("media_type", tests);
}
