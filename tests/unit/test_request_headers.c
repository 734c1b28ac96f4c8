/* api/request_headers: one value, and the lines of a list. */
#include "api/http/request.h"
#include "tests/unit/unit.h"

#define HEADER(name, value)                                                                                            \
    { BYTES_LITERAL(name), BYTES_LITERAL(value) }

static struct bytes list_of(struct request *request, const char *name) {
    struct bytes list = BYTES_NONE;
    ck_assert_int_eq(request_header_list(request, name, &list), STATUS_OK);
    return list;
}

START_TEST(the_first_of_a_name) {
    const struct guard_header headers[] = { HEADER("Host", " a\t"), HEADER("host", "b"), HEADER("Accept", "") };
    struct request request = { .headers = headers, .header_count = 3 };
    unit_assert_bytes(request_header(&request, "HOST"), "a");
    unit_assert_bytes(request_header(&request, "Accept"), "");
    ck_assert(bytes_present(request_header(&request, "Accept")));
    ck_assert(!bytes_present(request_header(&request, "Hos")));
    ck_assert(!bytes_present(request_header(&(struct request){ 0 }, "Host")));
}
END_TEST

START_TEST(a_list_in_one_line_is_borrowed) {
    const struct guard_header headers[] = { HEADER("Accept", ""), HEADER("Accept", " a, b "), HEADER("Other", "c") };
    struct request request = { .headers = headers, .header_count = 3 };
    ck_assert_ptr_eq(list_of(&request, "accept").data, headers[1].value.data + 1);
    unit_assert_bytes(list_of(&request, "accept"), "a, b");
    ck_assert_ptr_null(request.arena.newest);
}
END_TEST

START_TEST(a_list_in_several_lines_is_joined) {
    const struct guard_header headers[] = { HEADER("Accept", " a"), HEADER("Other", "x"), HEADER("accept", "  "),
                                            HEADER("Accept", "b, c "), HEADER("ACCEPT", "d") };
    struct request request = { .headers = headers, .header_count = 5 };
    unit_assert_bytes(list_of(&request, "Accept"), "a,b, c,d");
    arena_finish(&request.arena);
}
END_TEST

START_TEST(a_list_that_is_missing_or_empty) {
    const struct guard_header headers[] = { HEADER("Accept", " ") };
    struct request request = { .headers = headers, .header_count = 1 };
    unit_assert_bytes(list_of(&request, "Accept"), "");
    ck_assert(bytes_present(list_of(&request, "Accept")));
    ck_assert(!bytes_present(list_of(&request, "Accept-Encoding")));
}
END_TEST

int main(void) {
    const TTest *const tests[] = { the_first_of_a_name, a_list_in_one_line_is_borrowed,
                                   a_list_in_several_lines_is_joined, a_list_that_is_missing_or_empty, NULL };
    return unit_run("request_headers", tests);
}
