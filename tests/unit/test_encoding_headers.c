/* api/encoding, the headers: which coding is asked for, and the tags of its answers. */
#include "api/http/encoding/accept_encoding.h"
#include "api/http/encoding/entity_tag.h"
#include "tests/unit/unit.h"

START_TEST(accepted) {
    static const struct {
        const char *list; /* NULL: there is no header */
        enum coding expected;
    } rows[] = {
        { NULL, CODING_NONE },
        { "", CODING_NONE },
        { "gzip", CODING_GZIP },
        { "x-gzip", CODING_GZIP },
        { "GZip", CODING_GZIP },
        { "zstd", CODING_ZSTD },
        { "gzip, deflate, br, zstd", CODING_ZSTD }, /* browsers, curl */
        { "gzip, deflate, br", CODING_GZIP },
        { "gzip,zstd;q=0.9", CODING_GZIP },
        { "gzip;q=0.8 , zstd ; q=0.9", CODING_ZSTD },
        { "gzip;Q=0.001,zstd;q=0", CODING_GZIP },
        { "gzip;q=0", CODING_NONE },
        { "gzip;q=0.000, zstd;q=0.", CODING_NONE },
        { "gzip;q=1.000", CODING_GZIP },
        { "gzip;x=1;q=0", CODING_NONE },
        { "*", CODING_GZIP },
        { "*;q=0", CODING_NONE },
        { "*;q=0, zstd;q=0.1", CODING_ZSTD },
        { "*, gzip;q=0", CODING_ZSTD },
        { "gzip;q=0.5, *", CODING_ZSTD },
        { "zstd;q=0.5, *;q=0.5", CODING_ZSTD },
        { "identity", CODING_NONE },
        { "identity, gzip", CODING_GZIP },
        { "identity;q=1, gzip;q=0.5", CODING_NONE },
        { "identity;q=0.5, gzip", CODING_GZIP },
        { "identity;q=0", CODING_NONE },
        { "br, deflate", CODING_NONE },
        { "gzipped, zst", CODING_NONE },
        { ", ,gzip,", CODING_GZIP },
        /* A weight that is none refuses: what is not encoded can always be read. */
        { "gzip;q=", CODING_NONE },
        { "gzip;q=2", CODING_NONE },
        { "gzip;q=1.5", CODING_NONE },
        { "gzip;q=-1", CODING_NONE },
        { "gzip;q=0.1234", CODING_NONE },
        { "gzip;q=0,5", CODING_NONE },
        { "gzip;q=x", CODING_NONE },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes list = bytes_text(rows[i].list);
        autofree char *exact = bytes_present(list) ? unit_exact(list.data, list.size) : NULL;
        enum coding got = accept_encoding_choose((struct bytes){ exact, list.size });
        ck_assert_msg(got == rows[i].expected, "<%s> chose %s", rows[i].list, coding_name(got));
    }
}
END_TEST

START_TEST(request_codings) {
    static const struct {
        const char *value;
        bool known;
        enum coding coding;
    } rows[] = {
        { "", true, CODING_NONE },         { "  ", true, CODING_NONE },        { "identity", true, CODING_NONE },
        { "Identity", true, CODING_NONE }, { "gzip", true, CODING_GZIP },      { "X-GZIP", true, CODING_GZIP },
        { "zstd", true, CODING_ZSTD },     { "br", false, CODING_NONE },       { "gzip, zstd", false, CODING_NONE },
        { "gzip,", false, CODING_NONE },   { "gzip;q=1", false, CODING_NONE }, { "gzi", false, CODING_NONE },
        { "gzipx", false, CODING_NONE },   { "deflate", false, CODING_NONE },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum coding coding = CODING_NONE;
        bool known = coding_of_request(bytes_text(rows[i].value), &coding);
        ck_assert_msg(known == rows[i].known && coding == rows[i].coding, "<%s>", rows[i].value);
    }

    enum coding none = CODING_GZIP;
    ck_assert(coding_of_request(BYTES_NONE, &none) && none == CODING_NONE);
}
END_TEST

START_TEST(worth_it) {
    static const char *const texts[] = {
        "application/json", "application/problem+json", "application/x-ndjson",           "text/html; charset=utf-8",
        "image/svg+xml",    "application/yaml",         "text/javascript; charset=utf-8", "application/wasm"
    };
    static const char *const others[] = { "image/png", "application/octet-stream", "font/woff2", "application/pdf" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(coding_pays(texts[i], 1024) && !coding_pays(texts[i], 1023), "%s", texts[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_msg(!coding_pays(others[i], 1 << 20), "%s", others[i]);
}
END_TEST

START_TEST(tags) {
    autoarena struct arena arena = { 0 };
    ck_assert_str_eq(entity_tag_of_coding(&arena, "\"1f-6a\"", CODING_NONE), "\"1f-6a\"");
    ck_assert_str_eq(entity_tag_of_coding(&arena, "\"1f-6a\"", CODING_GZIP), "\"1f-6a-gzip\"");
    ck_assert_str_eq(entity_tag_of_coding(&arena, "\"1f-6a\"", CODING_ZSTD), "\"1f-6a-zstd\"");
}
END_TEST

/* Whether the list has the tag "a". */
static bool lists_a(const char *line) {
    size_t size = strlen(line);
    autofree char *exact = unit_exact(line, size);
    return entity_tag_listed((struct bytes){ exact, size }, "\"a\"");
}

START_TEST(listed_tags) {
    static const char *const listed[] = { "\"a\"",    "W/\"a\"",        "*",
                                          " * ",      "\"b\", \"a\"",   "\"b\",W/\"a\"",
                                          ",,\"a\",", "\"x,y\", \"a\"", "\"x, y\", \"a\"" };
    static const char *const others[] = { "",        "a",       "\"a", "\"a-gzip\"", "\"b\"", "\"A\"",
                                          "\"b,\"a", "w/\"a\"", "\"",  "W/",         "W/\"" };
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
        ck_assert_msg(lists_a(listed[i]), "%s", listed[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_msg(!lists_a(others[i]), "<%s>", others[i]);
    ck_assert(!entity_tag_listed(BYTES_NONE, "\"a\""));
}
END_TEST

int main(void) {
    const TTest *const tests[] = { accepted, request_codings, worth_it, tags, listed_tags, NULL };
    return unit_run("encoding_headers", tests);
}
