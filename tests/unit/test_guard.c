/* api/guard and api/guard_layout: what the black-box tests cannot see whichever libmicrohttpd is there. */
#include "api/http/guard/guard_layout.h"
#include "tests/unit/unit.h"

enum { HEADERS = 3, GAPS = 3 + 2 * HEADERS, TEXT_BYTES = 256 };

/* Parts of a request as libmicrohttpd 0.9 leaves them in its buffer, `gaps` bytes apart: before the target, the version
 * and each name, between each name and its value, and behind the last value up to the end of the section. */
struct placed {
    char text[TEXT_BYTES];
    size_t size;
    struct guard_layout layout;
    struct guard_header headers[HEADERS];
};

static const size_t GOOD_GAPS[GAPS] = { 1, 1, 2, 2, 2, 1, 2, 4, 4 };

static struct bytes place_bytes(struct placed *placed, size_t gap, const char *text) {
    placed->size += gap; /* NULs: what was there is overwritten */
    char *at = placed->text + placed->size;
    memcpy(at, text, strlen(text));
    placed->size += strlen(text);
    return (struct bytes){ at, strlen(text) };
}

static void place(struct placed *placed, const size_t gaps[GAPS]) {
    static const char *const names[HEADERS] = { "Host", "X-Any", "Content-Length" };
    static const char *const values[HEADERS] = { "localhost", "", "12" };
    memset(placed, 0, sizeof *placed);
    placed->layout.method = place_bytes(placed, 0, "POST");
    placed->layout.target = place_bytes(placed, gaps[0], "/topics/a/events?key=b");
    placed->layout.version = place_bytes(placed, gaps[1], "HTTP/1.1");
    for (size_t i = 0; i < HEADERS; i++) {
        placed->headers[i].name = place_bytes(placed, gaps[2 + 2 * i], names[i]);
        placed->headers[i].value = place_bytes(placed, gaps[3 + 2 * i], values[i]);
    }
    placed->layout.section_bytes = placed->size + gaps[GAPS - 1];
}

static const char *check_placed(const size_t gaps[GAPS]) {
    struct placed placed;
    place(&placed, gaps);
    return guard_check_layout(&placed.layout, placed.headers, HEADERS);
}

/* The gaps between a name and its value: a colon, and white space of any size. */
static bool is_colon(size_t gap) { return gap >= 3 && gap < GAPS - 1 && gap % 2 == 1; }

START_TEST(layout_good) { ck_assert_ptr_null(check_placed(GOOD_GAPS)); }
END_TEST

START_TEST(layout_each_gap) {
    for (size_t i = 0; i < GAPS; i++) {
        for (int more = -1; more <= 3; more++) {
            size_t gaps[GAPS];
            memcpy(gaps, GOOD_GAPS, sizeof gaps);
            gaps[i] = (size_t)((int)gaps[i] + more);
            bool good = more == 0 || (is_colon(i) && gaps[i] > 0);
            ck_assert_msg((check_placed(gaps) == NULL) == good, "gap %zu, %+d", i, more);
        }
    }
}
END_TEST

/* A byte too few at one place, as a lone LF leaves it, does not make up for one too many elsewhere, as a NUL does. */
START_TEST(layout_gaps_that_make_up) {
    for (size_t few = 0; few < GAPS; few++) {
        for (size_t many = 0; many < GAPS; many++) {
            if (few == many || is_colon(few))
                continue;
            size_t gaps[GAPS];
            memcpy(gaps, GOOD_GAPS, sizeof gaps);
            gaps[few]--;
            gaps[many]++;
            ck_assert_msg(check_placed(gaps) != NULL, "gaps %zu and %zu", few, many);
        }
    }
}
END_TEST

START_TEST(layout_without_headers) {
    struct placed placed;
    place(&placed, GOOD_GAPS);
    const char *end = placed.layout.version.data + placed.layout.version.size + 4;
    placed.layout.section_bytes = (size_t)(end - placed.text);
    ck_assert_ptr_null(guard_check_layout(&placed.layout, NULL, 0));
    placed.layout.section_bytes++;
    ck_assert_ptr_nonnull(guard_check_layout(&placed.layout, NULL, 0));
}
END_TEST

/* A continued value lies elsewhere than its name. */
START_TEST(layout_value_elsewhere) {
    struct placed placed;
    place(&placed, GOOD_GAPS);
    placed.headers[1].value.data = placed.text;
    ck_assert_ptr_nonnull(guard_check_layout(&placed.layout, placed.headers, HEADERS));
}
END_TEST

START_TEST(libraries_that_forgive) {
    ck_assert(guard_is_forgiving("0.9.75"));
    ck_assert(guard_is_forgiving("0.9.77"));
    ck_assert(!guard_is_forgiving("1.0.0"));
    ck_assert(!guard_is_forgiving("1.0.1"));
    ck_assert(!guard_is_forgiving("10.0.1"));
}
END_TEST

static const char *check_section(const char *text) {
    autofree char *exact = unit_exact(text, strlen(text));
    return guard_check_section((struct bytes){ exact, strlen(text) });
}

START_TEST(section_good) {
    static const char *const sections[] = {
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nwhat follows is ignored\n\0",
        "\r\nGET / HTTP/1.1\r\nHost:a\r\nX-Any: b \t\r\nX-Empty:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: \t a \t\r\nContent-Length:\t12 \r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\t\r\nTransfer-Encoding:  Chunked\t\r\nExpect: 100-continue \r\n\r\n",
    };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        ck_assert_msg(check_section(sections[i]) == NULL, "%zu: %s", i, check_section(sections[i]));
}
END_TEST

/* A good section that is cut off too early is bad: behind an empty line the accept thread may be shown one. */
START_TEST(section_cut) {
    static const char text[] = "\r\nGET / HTTP/1.1\r\nHost: a\r\nX-Any: b\r\n\r\n";
    ck_assert_ptr_null(check_section(text));
    for (size_t size = 0; size < sizeof text - 1; size++) {
        autofree char *exact = unit_exact(text, size);
        ck_assert_msg(guard_check_section((struct bytes){ exact, size }) != NULL, "%zu bytes", size);
    }
}
END_TEST

START_TEST(section_bad) {
    static const char *const sections[] = {
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1 \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\v\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \t \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX-Any: b \r \r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nnone\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        ck_assert_msg(check_section(sections[i]) != NULL, "%zu passed", i);
}
END_TEST

static const char *check_coding(const char *coding, const char *more) {
    autobuffer struct buffer text = { 0 };
    buffer_printf(&text, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: %s\r\n%s\r\n", coding, more);
    return guard_check_section(buffer_bytes(&text));
}

/* RFC 9112 6.1 and 6.3: 501 is for a list that is one, and whose last coding leaves no doubt. */
START_TEST(codings_unknown) {
    static const char *const codings[] = {
        "gzip",    "gzip, chunked", "identity", "xchunked ", "chunkedx", "a,b , CHUNKED\t", "gzip;level=9, chunked",
        "trailers"
    };
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
        const char *fault = check_coding(codings[i], "");
        ck_assert_msg(fault == GUARD_UNKNOWN_CODING, "%s: %s", codings[i], fault);
        ck_assert_int_eq(guard_problem(fault), PROBLEM_UNSUPPORTED_TRANSFER_ENCODING);
    }
}
END_TEST

START_TEST(codings_bad) {
    static const char *const codings[] = { "",
                                           " ",
                                           ",",
                                           "chunked,",
                                           ",chunked",
                                           "gzip,",
                                           "chunked,gzip",
                                           "chunked, chunked",
                                           "chunked;q=1",
                                           "\"chunked\"",
                                           "gzip x",
                                           "gzip,,chunked",
                                           "chunked ;",
                                           "a;b=\"c,d\"",
                                           "chun ked" };

    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
        const char *fault = check_coding(codings[i], "");
        ck_assert_msg(fault != NULL && fault != GUARD_UNKNOWN_CODING, "%s: %s", codings[i], fault);
        ck_assert_int_eq(guard_problem(fault), PROBLEM_BAD_HEADERS);
    }
}
END_TEST

/* What else is wrong comes first: nothing that two servers might read differently is 501. */
START_TEST(coding_unknown_beside_other_faults) {
    static const char *const lines[] = { "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n", "Host: b\r\n",
                                         "X-Any : a\r\n" };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_int_eq(guard_problem(check_coding("gzip", lines[i])), PROBLEM_BAD_HEADERS);
    const char *fault = check_section("POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n");
    ck_assert_int_eq(guard_problem(fault), PROBLEM_BAD_HEADERS);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        layout_good,
        layout_each_gap,
        layout_gaps_that_make_up,
        layout_without_headers,
        layout_value_elsewhere,
        libraries_that_forgive,
        section_good,
        section_cut,
        section_bad,
        codings_unknown,
        codings_bad,
        coding_unknown_beside_other_faults,
        NULL,
    };
    return unit_run("guard", tests);
}
