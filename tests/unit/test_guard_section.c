/* api/guard: where the headers of a request end, and that the answer to them waits until they are there. */
#include "api/http/guard/guard.h"
#include "tests/unit/unit.h"

/* As it comes in pieces: no prefix is taken for the whole, and what follows the section is ignored. */
static void check_end(const char *section) {
    static const char MORE[] = "X: y\r\n\r\nbody\n\n";
    size_t size = strlen(section);
    autobuffer struct buffer text = { 0 };
    buffer_append(&text, section, size);
    buffer_append_text(&text, MORE);
    for (size_t seen = 0; seen <= text.size; seen++) {
        autofree char *exact = unit_exact(text.data, seen);
        size_t found = guard_section_bytes((struct bytes){ exact, seen });
        ck_assert_msg(found == (seen < size ? 0 : size), "%zu of <%s>: %zu", seen, section, found);
    }
}

START_TEST(headers_end_at_the_first_empty_line) {
    check_end("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    check_end("GET / HTTP/1.1\nHost: a\n\n");
    check_end("GET / HTTP/1.1\r\nHost: a\n\r\n");
    check_end("GET / HTTP/1.1\nHost: a\r\n\n");
    check_end("GET / HTTP/1.0\r\n\r\n");
}
END_TEST

START_TEST(empty_lines_in_front_end_nothing) {
    check_end("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    check_end("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    check_end("\n\n\nGET / HTTP/1.1\nHost: a\n\n");
}
END_TEST

START_TEST(a_lone_cr_is_no_line_end) {
    check_end("GET / HTTP/1.1\r\nHost: a\r\r\r\n\r\n");
    check_end("\r\rGET / HTTP/1.1\r\n\r\n");
}
END_TEST

START_TEST(a_section_is_checked_to_its_end) {
    static const struct {
        const char *section;
        bool good;
    } cases[] = {
        { "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", true },
        { "\r\nGET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n", false },
        { "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", false },
        { "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", false },
        { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", false },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *fault = guard_check_section(bytes_text(cases[i].section));
        ck_assert_msg((fault == NULL) == cases[i].good, "%s: %s", cases[i].section, fault != NULL ? fault : "taken");
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { headers_end_at_the_first_empty_line, empty_lines_in_front_end_nothing,
                                   a_lone_cr_is_no_line_end, a_section_is_checked_to_its_end, NULL };
    return unit_run("guard", tests);
}
