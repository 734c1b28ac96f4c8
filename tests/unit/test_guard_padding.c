/* api/guard_padding: what is put in front of the headers that libmicrohttpd 0.9 would not understand. */
#include "api/http/guard/guard_padding.h"
#include "tests/unit/unit.h"

static struct guard_padding padding_of(const char *lines) {
    autobuffer struct buffer text = { 0 };
    buffer_printf(&text, "POST /a:b HTTP/1.1\r\n%s\r\n", lines);
    autofree char *exact = unit_exact(text.data, text.size);
    struct bytes section = { exact, text.size };
    ck_assert_ptr_null(guard_check_section(section));
    return guard_padding_of(section);
}

static void check_values(const char *lines, bool any, const char *length, const char *coding, const char *expect) {
    struct guard_padding padding = padding_of(lines);
    ck_assert_msg(padding.any == any, "%s", lines);
    ck_assert_str_eq(padding.values[GUARD_PADDED_LENGTH], length);
    ck_assert_str_eq(padding.values[GUARD_PADDED_CODING], coding);
    ck_assert_str_eq(padding.values[GUARD_PADDED_EXPECT], expect);
}

START_TEST(nothing_is_padded) {
    check_values("Host: a\r\nContent-Length: \t12\r\n", false, "", "", "");
    check_values("Host:\r\nTransfer-Encoding:chunked\r\nExpect: 100-continue\r\n", false, "", "", "");
}
END_TEST

START_TEST(some_are_padded) {
    check_values("Host: a \r\nContent-Length: 12\r\n", true, "", "", "");
    check_values("Host: a\r\ncontent-length: 12 \t \r\n", true, "12", "", "");
    check_values("Host: a\r\nContent-Length: 9999999999999999999\t\r\n", true, "9999999999999999999", "", "");
    check_values("Host: a\r\nTransfer-Encoding:\tCHUNKED \r\nExpect: 100-continue\t\r\n", true, "", "CHUNKED",
                 "100-continue");
    check_values("Host: a\r\nX-Content-Length: 1 \r\nContent-Length-X: 1 \r\nX-Empty: \r\n", true, "", "", "");
    check_values("Host: a\r\nExpect: something much longer than that \r\n", true, "", "", "");
}
END_TEST

static const char *check(const char *put_length, const char *put_coding, const char *name, const char *value) {
    struct guard_padding padding = { .any = true };
    struct guard_header headers[] = { { bytes_text("Host"), bytes_text("a ") },
                                      { bytes_text(name), bytes_text(value) },
                                      { bytes_text("X-Any"), bytes_text("b") } };
    strcpy(padding.values[GUARD_PADDED_LENGTH], put_length);
    strcpy(padding.values[GUARD_PADDED_CODING], put_coding);
    return guard_check_padding(&padding, headers, 3);
}

/* Whatever was put in front, the length that is used must be the one that came. */
START_TEST(what_was_put_must_be_what_came) {
    ck_assert_ptr_null(check("", "", "Content-Length", "12"));
    ck_assert_ptr_null(check("12", "", "content-length", "12 "));
    ck_assert_ptr_null(check("", "chunked", "Transfer-Encoding", "chunked\t"));
    ck_assert_ptr_nonnull(check("12", "", "Content-Length", "13 "));
    ck_assert_ptr_nonnull(check("12", "", "Content-Length", "1"));
    ck_assert_ptr_nonnull(check("12", "", "X-Other", "12"));
    ck_assert_ptr_nonnull(check("12", "", "Transfer-Encoding", "12"));
    ck_assert_ptr_nonnull(check("", "chunked", "Content-Length", "7"));
}
END_TEST

START_TEST(padded_framing_without_it_is_refused) {
    ck_assert_ptr_nonnull(check("", "", "Content-Length", "12 "));
    ck_assert_ptr_nonnull(check("", "", "Transfer-Encoding", "chunked\t"));
    ck_assert_ptr_null(check("", "", "Expect", "100-continue "));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        nothing_is_padded, some_are_padded, what_was_put_must_be_what_came, padded_framing_without_it_is_refused, NULL,
    };
    return unit_run("guard_padding", tests);
}
